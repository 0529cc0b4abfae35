//! What axe-core finds wrong with a page, for those who see, hear or move otherwise than most.

use std::env;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::Browser;

/// Where `.ci/run` puts it, below the folder of builds.
const INSTALLED: &str = "axe/node_modules/axe-core/axe.min.js";

/// Everything up to WCAG 2.2, level AA.
const TAGS: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

const RUN: &str = "
    const [tags, done] = arguments;
    const options = { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] };
    axe.run(document, options).then(results => done(results.violations), error => done(String(error)));
";

/// A rule that a page breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The id of the rule, such as `color-contrast`.
    pub rule: String,
    /// What it asks for.
    pub help: String,
    /// CSS selectors of what breaks it, each with axe's reason.
    pub targets: Vec<String>,
}

/// The file named by `COLLOQUE_AXE`, else the one below a folder in which this program was built.
pub(super) fn source() -> Option<PathBuf> {
    if let Some(path) = env::var_os("COLLOQUE_AXE") {
        return Some(PathBuf::from(path)).filter(|path| path.is_file());
    }
    let program = env::current_exe().ok()?;
    program.ancestors().map(|folder| folder.join(INSTALLED)).find(|path| path.is_file())
}

impl Browser {
    /// What is wrong with the page as it is now. Look once for each state of a page: what is hidden is not examined.
    pub async fn axe(&self) -> Vec<Violation> {
        let axe = fs::read_to_string(source().unwrap_or_default()).expect("axe-core, looked for before");
        self.script(&format!("if (!window.axe) {{ {axe} }}"), vec![]).await;
        let found = self.session.execute_async(RUN, vec![json!(TAGS)]).await.expect("axe ends");
        let found = found.json().as_array().unwrap_or_else(|| panic!("axe: {}", found.json())).clone();
        found.iter().map(violation).collect()
    }
}

fn violation(found: &Value) -> Violation {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let target = |node: &Value| format!("{}: {}", node["target"], text(&node["failureSummary"]));
    let targets = found["nodes"].as_array().into_iter().flatten().map(target).collect();
    Violation { rule: text(&found["id"]), help: text(&found["help"]), targets }
}
