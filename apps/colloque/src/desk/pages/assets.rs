//! Style, script and icon: in the program, the same for everyone, nothing of a profile.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

pub(super) async fn style() -> Response {
    let style =
        concat!(include_str!("../../../assets/desk.css"), include_str!("../../../assets/documents.css"));
    asset("text/css; charset=utf-8", style)
}

pub(super) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../../../assets/desk.js"))
}

pub(super) async fn icon() -> Response {
    asset("image/svg+xml", include_str!("../../../assets/icon.svg"))
}

fn asset(media_type: &'static str, content: &'static str) -> Response {
    // Asked for again when the page is: the program may have been replaced.
    ([(CONTENT_TYPE, media_type), (CACHE_CONTROL, "no-cache")], content).into_response()
}
