//! A visitor of a desk without a browser: HTTP/1.1 by hand, so that a test can say what no browser says.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use tokio::time::Instant;

use crate::site::PATIENCE;

/// Whoever asks.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// `name:port` of the desk.
    pub authority: String,
    /// What the desk set.
    pub cookies: BTreeMap<String, String>,
    /// In every request.
    pub language: &'static str,
}

/// What the desk said.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The body, as text where it is text.
    pub body: String,
    /// The body as it is.
    pub bytes: Vec<u8>,
}

/// A file that is chosen in a form.
#[derive(Clone, Copy, Debug)]
pub struct Chosen<'a> {
    /// Its name, as it stands in the form.
    pub name: &'a str,
    /// What the browser says that it is.
    pub media_type: &'a str,
    /// What is in it.
    pub content: &'a [u8],
}

impl Visitor {
    /// Somebody who has nothing of this desk's.
    pub fn stranger(authority: &str) -> Self {
        Self { authority: authority.to_owned(), cookies: BTreeMap::new(), language: "en" }
    }

    /// Somebody who opened this link.
    pub fn by_link(link: &str) -> Self {
        let rest = link.strip_prefix("http://").expect("a link");
        let (authority, path) = rest.split_once('/').expect("a path");
        let mut visitor = Self::stranger(authority);
        let answer = visitor.get(&format!("/{path}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        visitor.keep(&answer);
        visitor
    }

    /// Takes the cookies of an answer.
    pub fn keep(&mut self, answer: &Answer) {
        for cookie in answer.all("set-cookie") {
            let pair = cookie.split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a value");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// Asks for a page, as by a link on a page of the desk.
    pub fn get(&self, path: &str) -> Answer {
        self.says("GET", path, &[("sec-fetch-site", "same-origin")], "")
    }

    /// The page, which must be there.
    #[track_caller]
    pub fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.body
    }

    /// Sends the form of a page of the desk, with its token.
    #[track_caller]
    pub fn submit(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let token = token_in(&self.page(page));
        let fields = [&[("token", token.as_str())], fields].concat();
        self.says("POST", action, &[("sec-fetch-site", "same-origin")], &form(&fields))
    }

    /// Sends the form of a page with files, with its token.
    #[track_caller]
    pub fn encloses(
        &self,
        page: &str,
        action: &str,
        fields: &[(&str, &str)],
        files: &[Chosen<'_>],
    ) -> Answer {
        let token = token_in(&self.page(page));
        let fields = [&[("token", token.as_str())], fields].concat();
        self.says_bytes(
            "POST",
            action,
            &[("sec-fetch-site", "same-origin")],
            MULTIPART,
            &multipart(&fields, files),
        )
    }

    /// Sends a form and follows where it leads.
    #[track_caller]
    pub fn does(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.submit(page, action, fields);
        assert_eq!(answer.status, 303, "{action}: {answer:?}");
        let location = answer.one("location").split('#').next().unwrap_or_default().to_owned();
        self.page(&location)
    }

    /// Says anything.
    pub fn says(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        self.says_bytes(method, path, headers, "application/x-www-form-urlencoded", body.as_bytes())
    }

    /// Says anything, with a body of any kind.
    pub fn says_bytes(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        kind: &str,
        body: &[u8],
    ) -> Answer {
        let mut stream = self.begin(method, path, headers, kind, body);
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("an answer");
        parsed(&bytes)
    }

    /// Asks for a page of the desk, and leaves the answer to be read.
    pub fn begins(&self, path: &str) -> TcpStream {
        self.begin("GET", path, &[("sec-fetch-site", "same-origin")], "", b"")
    }

    /// Asks for the stream of events, and gives its lines as they come.
    pub fn listens(&self) -> impl Iterator<Item = String> + use<> {
        self.hears("/live/events", &[("sec-fetch-site", "same-origin")])
    }

    /// Asks for any stream of events, and gives its lines as they come.
    pub fn hears(&self, path: &str, headers: &[(&str, &str)]) -> impl Iterator<Item = String> + use<> {
        let stream = self.begin("GET", path, headers, "", b"");
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        assert_eq!(lines.next().as_deref(), Some("HTTP/1.1 200 OK"));
        // Past the headers: from here on it is told what happens.
        lines.by_ref().take_while(|line| !line.is_empty()).for_each(drop);
        let begun = Instant::now();
        // A desk that has nothing to say keeps the stream alive all the same.
        lines.inspect(move |line| assert!(begun.elapsed() < PATIENCE, "nothing but {line:?} in time"))
    }

    fn begin(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        kind: &str,
        body: &[u8],
    ) -> TcpStream {
        let port = self.authority.rsplit_once(':').expect("a port").1.parse().expect("a number");
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the desk listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "host") {
            head.push_str(&format!("host: {}\r\n", self.authority));
        }
        head.push_str(&format!("accept-language: {}\r\n", self.language));
        if !cookies.is_empty() {
            head.push_str(&format!("cookie: {}\r\n", cookies.join("; ")));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !["GET", "OPTIONS"].contains(&method) {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
            if !headers.iter().any(|(name, _)| *name == "content-type") {
                head.push_str(&format!("content-type: {kind}\r\n"));
            }
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).expect("the desk reads");
        // It may answer, and close, before it has read all of it.
        let _ = stream.write_all(body);
        stream
    }
}

impl Answer {
    /// All values of a header.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(is, _)| is == name).map(|(_, value)| value.as_str()).collect()
    }

    /// The one value of a header.
    #[track_caller]
    pub fn one(&self, name: &str) -> &str {
        let all = self.all(name);
        assert_eq!(all.len(), 1, "{name} in {self:?}");
        all[0]
    }
}

/// The token of the forms of a page.
#[track_caller]
pub fn token_in(page: &str) -> String {
    let rest = page.split("name=\"token\" value=\"").nth(1).expect("a form");
    rest.split('"').next().expect("a token").to_owned()
}

/// Fields as a form sends them.
pub fn form(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| {
        text.bytes().fold(String::new(), |mut escaped, byte| {
            if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
                escaped.push(byte.into());
            } else {
                escaped.push_str(&format!("%{byte:02X}"));
            }
            escaped
        })
    };
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    pairs.join("&")
}

/// What parts of a form are parted by.
const BOUNDARY: &str = "colloque-boundary-7f3a";
/// The kind of a form with files.
const MULTIPART: &str = "multipart/form-data; boundary=colloque-boundary-7f3a";

/// Fields and files as a form sends them (RFC 7578), the files as the field `documents`.
pub fn multipart(fields: &[(&str, &str)], files: &[Chosen<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.as_bytes());
    }
    for Chosen { name, media_type, content } in files {
        // As browsers escape it (HTML section 4.10.21.8).
        let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        let disposition = format!("content-disposition: form-data; name=\"documents\"; filename=\"{name}\"");
        body.extend(
            format!("--{BOUNDARY}\r\n{disposition}\r\ncontent-type: {media_type}\r\n\r\n").as_bytes(),
        );
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

fn parsed(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let (head, bytes) = (String::from_utf8_lossy(&bytes[..end]), bytes[end + 4..].to_vec());
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
    let headers = lines.filter_map(|line| line.split_once(": "));
    Answer {
        status: status.parse().expect("a number"),
        headers: headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect(),
        body: String::from_utf8_lossy(&bytes).into_owned(),
        bytes,
    }
}
