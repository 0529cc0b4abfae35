//! Who gets nothing: strangers of the machine, pages of other sites, other names for loopback.

mod api;

use std::net::Ipv4Addr;

use colloque_tests::http::{Visitor, form, token_in};
use tokio_tungstenite::tungstenite::http;

use super::{Clinic, first_thread, link};

const PATHS: [&str; 8] =
    ["/", "/new", "/people", "/settings", "/unlock", "/enrol", "/live/events", "/live/inbox"];

#[test]
fn without_the_cookie_of_a_session_nothing_is_shown_and_nothing_done() {
    let clinic = Clinic::new();
    let seat = clinic.seat("ana");
    let mut stranger = Visitor::stranger(&seat.visitor.authority);
    let token = token_in(&seat.visitor.page("/new"));
    for guess in [None, Some("AAAAAAAAAAAAAAAAAAAAAA"), Some("")] {
        if let Some(guess) = guess {
            stranger.cookies.insert("__Host-colloque".to_owned(), guess.to_owned());
        }
        for path in PATHS {
            let answer = stranger.get(path);
            assert_eq!(answer.status, 401, "{path}");
            assert!(!answer.body.contains("Verne") && !answer.body.contains("Basile"), "{path}");
        }
        let fields = [
            ("token", token.as_str()),
            ("patient", clinic.patient_account.as_str()),
            ("mode", "open"),
            ("text", "x"),
        ];
        let posted = stranger.says("POST", "/new", &[("sec-fetch-site", "same-origin")], &form(&fields));
        assert_eq!(posted.status, 401);
    }
    assert!(seat.visitor.page("/").contains("No conversation yet"), "nothing was done");
}

#[test]
fn a_launch_link_works_once_and_its_cookie_is_bound_to_this_name() {
    let clinic = Clinic::new();
    let running = clinic.tenant.person("ana", "en").starts(&["desk", "--no-browser", "--json"]);
    let link = link(&running);
    let (authority, path) = link.strip_prefix("http://").unwrap().split_once('/').unwrap();
    assert!(authority.split(':').next().unwrap().ends_with(".localhost"), "{authority}");
    let visitor = Visitor::stranger(authority);
    // Another program opens it: the browser says that no page of ours did.
    let first = visitor.says("GET", &format!("/{path}"), &[("sec-fetch-site", "cross-site")], "");
    let cookie = first.one("set-cookie");
    assert!(cookie.starts_with("__Host-colloque="), "{cookie}");
    for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.to_lowercase().contains("domain"), "{cookie}");
    for used in [format!("/{path}"), "/launch/AAAAAAAAAAAAAAAAAAAAAA".to_owned()] {
        let again = visitor.get(&used);
        assert_eq!((again.status, again.all("set-cookie").len()), (401, 0));
    }
}

#[test]
fn enter_makes_a_new_link_without_a_restart_and_ends_the_one_that_was_not_used() {
    let clinic = Clinic::new();
    let mut running = clinic.tenant.person("ana", "en").starts(&["desk", "--no-browser", "--json"]);
    let first = Visitor::by_link(&link(&running));
    running.enters("");
    let unused = link(&running);
    running.enters("whatever");
    let third = Visitor::by_link(&link(&running));
    let path = unused.split_once(&first.authority).unwrap().1;
    assert_eq!(Visitor::stranger(&first.authority).get(path).status, 401, "it ended unused");
    for visitor in [first, third] {
        assert!(visitor.page("/").contains("Dr Ana Verne"), "sessions go on");
    }
}

#[test]
fn a_request_for_another_name_is_misdirected_in_every_form_of_it() {
    let clinic = Clinic::new();
    let seat = clinic.seat("ana");
    let authority = seat.visitor.authority.clone();
    let port = authority.rsplit_once(':').unwrap().1;
    for other in [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("evil.example:{port}"),
        authority.to_uppercase(),
        format!("{authority}."),
        authority.split(':').next().unwrap().to_owned(),
        String::new(),
    ] {
        for path in ["/", "/assets/desk.css", "/launch/x"] {
            let answer = seat.visitor.says("GET", path, &[("host", &other)], "");
            assert_eq!(answer.status, 421, "{other} {path}");
            assert!(!answer.body.contains("Verne"));
        }
    }
    let absolute = format!("http://evil.example:{port}/");
    assert_eq!(seat.visitor.says("GET", &absolute, &[], "").status, 421, "in the target");
    let two = [("host", authority.as_str()), ("host", "evil.example")];
    assert!([400, 421].contains(&seat.visitor.says("GET", "/", &two, "").status), "two hosts");
}

#[tokio::test]
async fn a_request_for_another_name_is_misdirected_in_http_2_as_well() {
    let clinic = Clinic::new();
    let seat = clinic.seat("ana");
    let authority = seat.visitor.authority.clone();
    let port: u16 = authority.rsplit_once(':').unwrap().1.parse().unwrap();
    let (name, secret) = seat.visitor.cookies.iter().next().unwrap();
    for (asked, status) in [(authority.as_str(), 200), ("evil.example", 421), ("127.0.0.1", 421)] {
        let stream = tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let (sender, connection) = h2::client::handshake(stream).await.unwrap();
        let driving = tokio::spawn(connection);
        let asked = if asked.contains(':') { asked.to_owned() } else { format!("{asked}:{port}") };
        let request = http_request(&asked, &format!("{name}={secret}"));
        let (answer, _) = sender.ready().await.unwrap().send_request(request, true).unwrap();
        assert_eq!(answer.await.unwrap().status().as_u16(), status, "{asked}");
        driving.abort();
    }
}

fn http_request(authority: &str, cookie: &str) -> http::Request<()> {
    let request = http::Request::get(format!("http://{authority}/")).version(http::Version::HTTP_2);
    request.header("cookie", cookie).header("sec-fetch-site", "same-origin").body(()).unwrap()
}

#[test]
fn a_page_of_another_site_makes_the_browser_ask_in_vain() {
    let clinic = Clinic::new();
    let seat = clinic.seat("ana");
    let token = token_in(&seat.visitor.page("/new"));
    let fields = form(&[
        ("token", &token),
        ("patient", &clinic.patient_account),
        ("mode", "open"),
        ("text", "forged"),
    ]);
    for site in ["cross-site", "same-site"] {
        for path in PATHS {
            let answer = seat.visitor.says("GET", path, &[("sec-fetch-site", site)], "");
            assert_eq!(answer.status, 403, "{site} {path}");
        }
    }
    let origin = format!("http://{}", seat.visitor.authority);
    for headers in [
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
        vec![("sec-fetch-site", "none")],
        vec![("sec-fetch-site", "cross-site"), ("origin", &origin)],
        vec![("origin", "https://evil.example")],
        vec![("origin", "null")],
        vec![],
    ] {
        let answer = seat.visitor.says("POST", "/new", &headers, &fields);
        assert_eq!(answer.status, 403, "{headers:?}");
    }
    assert!(seat.visitor.page("/").contains("No conversation yet"), "nothing was done");
    let ours = seat.visitor.says("POST", "/new", &[("origin", &origin)], &fields);
    assert_eq!(ours.status, 303, "an old browser that says only its origin");
}

#[test]
fn a_form_without_the_token_of_this_very_session_is_not_read() {
    let clinic = Clinic::new();
    let (ana, basile) = (clinic.seat("ana"), clinic.seat("basile"));
    let foreign = token_in(&basile.visitor.page("/people"));
    let rest = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", "forged")];
    for token in [None, Some(""), Some(foreign.as_str())] {
        let mut fields: Vec<(&str, &str)> = rest.to_vec();
        fields.extend(token.map(|token| ("token", token)));
        let answer = ana.visitor.says("POST", "/new", &[("sec-fetch-site", "same-origin")], &form(&fields));
        assert_eq!(answer.status, 403, "{token:?}");
    }
    assert!(ana.visitor.page("/").contains("No conversation yet"), "nothing was done");
}

#[test]
fn every_answer_forbids_what_a_page_of_ours_never_needs() {
    let clinic = Clinic::new();
    let seat = clinic.seat("ana");
    let fields = [("patient", clinic.patient_account.as_str()), ("mode", "open"), ("text", "Hello")];
    let thread = first_thread(&{
        seat.visitor.does("/new", "/new", &fields);
        seat.visitor.page("/")
    });
    let stranger = Visitor::stranger("elsewhere.localhost:1");
    let stranger = Visitor { authority: seat.visitor.authority.clone(), ..stranger };
    let mut answers: Vec<_> = ["/", "/new", "/people", "/settings", &thread, "/nowhere", "/assets/desk.js"]
        .iter()
        .map(|path| seat.visitor.get(path))
        .collect();
    answers.push(stranger.get("/"));
    answers.push(seat.visitor.says("GET", "/", &[("host", "evil.example")], ""));
    for answer in answers {
        let policy = answer.one("content-security-policy");
        for needed in ["default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"] {
            assert!(policy.contains(needed), "{policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.one("x-content-type-options"), "nosniff");
        assert_eq!(answer.one("referrer-policy"), "no-referrer");
        assert_eq!(answer.one("cross-origin-opener-policy"), "same-origin");
        assert!(["no-store", "no-cache"].contains(&answer.one("cache-control")));
        assert!(answer.all("access-control-allow-origin").is_empty());
        let inline = [" onclick=", " style=", "<script>", "javascript:"];
        assert!(inline.iter().all(|code| !answer.body.contains(code)), "no code inside a page");
    }
}

#[test]
fn a_form_that_is_too_large_or_no_form_is_refused_and_the_desk_goes_on() {
    let clinic = Clinic::new();
    let seat = clinic.seat("ana");
    let token = token_in(&seat.visitor.page("/new"));
    let large = form(&[("token", &token), ("text", &"a".repeat(200 * 1024))]);
    for (body, statuses) in
        [(large.as_str(), [400, 413]), ("token", [403, 403]), ("\u{0}\u{1}%%%", [403, 403]), ("", [403, 403])]
    {
        for path in ["/new", "/search", "/threads/00000000000000000000000000000000/send"] {
            let answer = seat.visitor.says("POST", path, &[("sec-fetch-site", "same-origin")], body);
            assert!(statuses.contains(&answer.status), "{path}: {}", answer.status);
        }
    }
    for path in ["/threads/x", "/threads/%00", "/people/zz", "/threads/00000000000000000000000000000000"] {
        assert_eq!(seat.visitor.get(path).status, 404, "{path}");
    }
    seat.visitor.page("/");
}
