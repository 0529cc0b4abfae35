//! What every request must be before any page sees it, and what every answer carries.
//!
//! | against | here |
//! |---|---|
//! | a name of somebody else that points at loopback (DNS rebinding) | the authority is exactly ours: 421 otherwise |
//! | a page of another site that makes the browser ask | `Sec-Fetch-Site`, `Origin`: 403 |
//! | any page that makes the browser ask the API | the same, of whatever site: 403 |
//! | a page of ours that shows what others wrote | content security policy, Trusted Types, no framing |

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, HeaderValue, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Desk;
use super::api::{self, Problem};
use super::fault::{self, Fault};
use super::place::Place;

/// The one policy of the script that makes elements of our own fragments is `colloque`.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; \
     require-trusted-types-for 'script'; trusted-types colloque";

const HEADERS: [(&str, &str); 8] = [
    ("content-security-policy", CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
    ("cache-control", "no-store"),
];

/// Where a link leads that another program opens: the browser says that nobody, or another site, asked for it.
pub(crate) const LAUNCH: &str = "/launch/";

/// Checks a request, passes it on, and finishes the answer.
pub(crate) async fn guard(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let asked = request.headers().clone();
    let is_api = request.uri().path().starts_with(api::PREFIX);
    let response = match admitted(&desk.place, request.method(), request.uri(), &asked) {
        Ok(()) => next.run(request).await,
        Err(fault) if is_api => Problem::from(fault).into_response(),
        Err(fault) => fault.into_response(),
    };
    let mut response =
        if is_api { api::shown(&desk, &asked, response) } else { fault::shown(&desk, &asked, response) };
    for (name, value) in HEADERS {
        let headers = response.headers_mut();
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Whether a request is one that a browser of the owner makes; or, to the API, one that no browser makes for a page.
fn admitted(place: &Place, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Fault> {
    if authority(uri, headers) != Some(place.authority().as_str()) {
        return Err(Fault::Misdirected);
    }
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    if uri.path().starts_with(api::PREFIX) {
        let is_browser = headers.contains_key(SITE) || headers.contains_key(ORIGIN);
        return if is_browser { Err(Fault::CrossSite) } else { Ok(()) };
    }
    let site = one(headers, &SITE);
    let is_ours = match site {
        Some("same-origin") => true,
        Some("none") => is_read,
        Some(_) => is_read && uri.path().starts_with(LAUNCH),
        // A browser that does not say: the cookie goes to nobody else, and what changes something names its origin.
        None if is_read => true,
        None => one(headers, &ORIGIN) == Some(place.origin().as_str()),
    };
    if is_ours { Ok(()) } else { Err(Fault::CrossSite) }
}

/// What the request is addressed to: `:authority` in HTTP/2 (RFC 9113 section 8.3.1), `Host` in HTTP/1.1 (RFC 9112
/// section 3.2). Where both are there, they agree.
fn authority<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let in_target = uri.authority().map(|authority| authority.as_str());
    let has_host = headers.contains_key(HOST);
    match (in_target, one(headers, &HOST)) {
        (Some(target), None) if !has_host => Some(target),
        (Some(target), Some(host)) if target == host => Some(target),
        (None, Some(host)) => Some(host),
        _ => None,
    }
}

/// The value of a header that stands exactly once.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}
