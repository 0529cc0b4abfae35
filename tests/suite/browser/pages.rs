//! Pages for a browser, and nothing more of a server than they need.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const TALK: &str = r##"<!doctype html><html lang="en"><meta charset="utf-8"><title>Talk</title>
<link rel="icon" href="data:,"><script src="/talk.js" defer></script>
<main><h1>Talk</h1><ul id="said"><li>Nothing yet</li></ul>
<form><label for="text">Your message</label> <textarea id="text"></textarea> <button>Send</button></form>
<button id="forget">Forget</button></main>"##;

const TALK_SCRIPT: &str = r##"
const text = document.querySelector('#text');
const say = body => fetch('/say', { method: 'POST', body });
document.querySelector('form').onsubmit = async event => {
  event.preventDefault();
  await say(text.value);
  text.value = '';
};
document.querySelector('#forget').onclick = () => say('');
const show = async () => {
  const said = await (await fetch('/said')).text();
  document.querySelector('#said').replaceChildren(...said.split('\0').map(line => {
    const item = document.createElement('li');
    item.textContent = line;
    return item;
  }));
  requestAnimationFrame(show);
};
show();
"##;

const BAD: &str = r##"<!doctype html><html lang="en"><meta charset="utf-8"><title>Bad</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/bad.css"><main><h1>Bad</h1><p>pale</p><img src="data:,"><input></main>"##;

const INLINE: &str = r##"<!doctype html><html lang="en"><meta charset="utf-8"><title>Inline</title>
<link rel="icon" href="data:,"><script>document.title = 'ran'</script>"##;

const THROWS: &str = r##"<!doctype html><html lang="en"><meta charset="utf-8"><title>Throws</title>
<link rel="icon" href="data:,"><script src="/throws.js"></script>"##;

const LONG: &str = r##"<!doctype html><html lang="en"><meta charset="utf-8"><title>Long</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/long.css"><main><h1>Long</h1></main>"##;

/// As strict as pages of an app can be.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// A server of pages, until it is dropped.
pub(super) struct Pages {
    address: String,
    state: Arc<Mutex<State>>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    said: Vec<String>,
    language: String,
}

impl Pages {
    pub(super) async fn serve() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&shared)));
            }
        });
        Self { address, state, serving }
    }

    pub(super) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The languages that the last page was asked for in.
    pub(super) fn language_asked(&self) -> String {
        self.state.lock().unwrap().language.clone()
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(mut stream: TcpStream, state: Arc<Mutex<State>>) {
    // The browser may go away at any time.
    let Some((head, body)) = request(&mut stream).await else { return };
    let response = respond(&head, body, &mut state.lock().unwrap());
    let _ = stream.write_all(response.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Head and body of the one request that a connection has.
async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").parse().unwrap_or(0);
            if body.len() >= length {
                return Some((head.to_owned(), body.to_owned()));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next().unwrap_or_default()
}

fn respond(head: &str, body: String, state: &mut State) -> String {
    let path = head.split(' ').nth(1).unwrap_or_default();
    let said = state.said.join("\0");
    let (status, kind, content) = match path {
        "/talk" => (200, "text/html", TALK),
        "/bad" => (200, "text/html", BAD),
        "/inline" => (200, "text/html", INLINE),
        "/throws" => (200, "text/html", THROWS),
        "/long" => (200, "text/html", LONG),
        "/talk.js" => (200, "text/javascript", TALK_SCRIPT),
        "/throws.js" => (200, "text/javascript", "throw new Error('oh dear')"),
        "/bad.css" => (200, "text/css", "p { color: #ccc; background: #fff }"),
        "/long.css" => (200, "text/css", "main { height: 3000px }"),
        "/said" => (200, "text/plain; charset=utf-8", said.as_str()),
        "/say" => (204, "text/plain", ""),
        _ => (404, "text/plain", "no such page"),
    };
    if path == "/talk" {
        state.language = header(head, "accept-language").to_owned();
    }
    let length = content.len();
    let response = format!(
        "HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\
         Content-Security-Policy: {POLICY}\r\n\r\n{content}"
    );
    match (path, body.is_empty()) {
        ("/say", true) => state.said.clear(),
        ("/say", false) => state.said.push(body),
        _ => {}
    }
    response
}
