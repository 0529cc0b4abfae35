//! What a person does on a page, and reads there.

use std::fmt::Display;
use std::path::Path;

use serde_json::{Value, json};
use thirtyfour::{Key, WebElement};
use tokio::time::timeout;

use super::{Browser, PATIENCE};

const FIND: &str = include_str!("find.js");

impl Browser {
    /// Clicks on what this names: a label as people read it (of a button, link or field), else a CSS selector. Waits until
    /// there is exactly one such thing that can be seen.
    pub async fn click(&self, target: &str) {
        self.until("clicks on", target, async || {
            let element = self.find(target).await?;
            element.click().await.map_err(said)
        })
        .await;
    }

    /// Replaces what is in a field, named as for [`Self::click`], as if typed.
    pub async fn type_into(&self, target: &str, text: &str) {
        self.until("types into", target, async || {
            let element = self.find(target).await?;
            element.clear().await.map_err(said)?;
            element.send_keys(text).await.map_err(said)
        })
        .await;
    }

    /// Chooses a file for a field, named as for [`Self::click`].
    pub async fn attach(&self, target: &str, path: &Path) {
        self.until("attaches to", target, async || {
            let element = self.find(target).await?;
            element.send_keys(path.display().to_string()).await.map_err(said)
        })
        .await;
    }

    /// Presses a key and lets go of it. What has the focus gets it.
    pub async fn press(&self, key: Key) {
        let pressed = self.session.action_chain().key_down(key.clone()).key_up(key).perform().await;
        pressed.expect("a keyboard");
    }

    /// Presses a key while another, such as Shift, is held.
    pub async fn press_with(&self, held: Key, key: Key) {
        let keys = self.session.action_chain().key_down(held.clone()).key_down(key.clone());
        keys.key_up(key).key_up(held).perform().await.expect("a keyboard");
    }

    /// Types where the focus is.
    pub async fn types(&self, text: &str) {
        self.session.action_chain().send_keys(text).perform().await.expect("a keyboard");
    }

    /// The label of what has the focus, empty if that is nothing.
    pub async fn focused(&self) -> String {
        let script = format!("{FIND} return nameOf(document.activeElement)");
        self.script(&script, vec![]).await.as_str().unwrap_or_default().to_owned()
    }

    /// The text of what this names, or what is typed into it, as it can be seen; named as for [`Self::click`].
    pub async fn text(&self, target: &str) -> String {
        let text = self.until("reads", target, async || {
            let element = self.find(target).await?.to_json().map_err(said)?;
            let read = "return arguments[0].value ?? arguments[0].innerText";
            self.session.execute(read, vec![element]).await.map_err(said)
        })
        .await;
        text.json().as_str().unwrap_or_default().to_owned()
    }

    /// Waits until this can be read on the page, however it is broken into lines.
    pub async fn sees(&self, text: &str) {
        self.waits_for("sees", SEES, text).await;
    }

    /// Waits until this can no longer be read on the page.
    pub async fn sees_no_longer(&self, text: &str) {
        self.waits_for("no longer sees", &format!("{SEES} === false"), text).await;
    }

    /// Runs a script on the page: what it returns. It has its arguments in `arguments`.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        let returned = self.session.execute(script, arguments).await;
        returned.unwrap_or_else(|error| panic!("{error} in: {script}")).json().clone()
    }

    async fn waits_for(&self, verb: &str, condition: &str, text: &str) {
        let script = format!("return {condition}");
        self.until(verb, text, async || {
            let met = self.session.execute(script.as_str(), vec![json!(text)]).await.map_err(said)?;
            if met.json() == true { Ok(()) } else { Err("not yet".to_owned()) }
        })
        .await;
    }

    /// The one thing that can be seen and that this names.
    async fn find(&self, target: &str) -> Result<WebElement, String> {
        let script = format!("{FIND} return find(arguments[0])");
        let found = self.session.execute(script, vec![json!(target)]).await.map_err(said)?;
        match &found.elements().map_err(said)?[..] {
            [element] => Ok(element.clone()),
            elements => Err(format!("{} of them can be seen", elements.len())),
        }
    }

    /// Tries again until it succeeds.
    async fn until<T>(&self, verb: &str, target: &str, attempt: impl AsyncFn() -> Result<T, String>) -> T {
        let mut last = String::new();
        let trying = async {
            loop {
                match attempt().await {
                    Ok(value) => return value,
                    Err(error) => last = error,
                }
                // Until the browser has drawn again. A page that is just being left does not answer.
                let _ = self.session.execute_async("requestAnimationFrame(arguments[0])", vec![]).await;
            }
        };
        if let Ok(value) = timeout(PATIENCE, Box::pin(trying)).await {
            return value;
        }
        let body = self.session.execute("return document.body.innerText", vec![]).await;
        let body = body.map_or_else(|error| error.to_string(), |body| body.json().to_string());
        panic!("{verb} {target}: {last}\nat {}\n{body}\n{:#?}", self.address().await, self.console().await)
    }
}

/// Whether the page says the argument.
const SEES: &str = r"document.body.innerText.replace(/\s+/g, ' ').includes(arguments[0].replace(/\s+/g, ' '))";

fn said(error: impl Display) -> String {
    error.to_string()
}
