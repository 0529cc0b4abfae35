//! The help texts, taken from the `.ftl` files: `help-VERB` for a verb, `help-VERB-ARGUMENT` for its arguments.

use clap::{Arg, ArgAction, Command};

use crate::words::{Words, key};

/// The parts of clap's help, with our words for its headings.
const TEMPLATE: &str = "{about-with-newline}\n{usage-heading} {usage}\n\n{all-args}{after-help}";

/// The command and everything below it, with help in the language of the user.
pub(super) fn worded(command: Command, words: &Words) -> Command {
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .global(true)
        .help(words.help("help").unwrap_or_default());
    let version = Arg::new("version")
        .short('V')
        .long("version")
        .action(ArgAction::Version)
        .help(words.help("version").unwrap_or_default());
    below(command, "", words)
        .version(env!("CARGO_PKG_VERSION"))
        .arg(help.help_heading(words.say(key!("heading-options"), &[])))
        .arg(version.help_heading(words.say(key!("heading-options"), &[])))
        .after_help(words.say(key!("exit-codes"), &[]))
}

fn below(command: Command, path: &str, words: &Words) -> Command {
    let template = TEMPLATE.replace("{usage-heading}", &words.say(key!("heading-usage"), &[]));
    let verbs: Vec<String> = command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    let mut command = command
        .about(words.help(if path.is_empty() { "colloque" } else { path }).unwrap_or_default())
        .help_template(template)
        .subcommand_help_heading(words.say(key!("heading-verbs"), &[]))
        .subcommand_value_name(words.say(key!("value-verb"), &[]))
        .mut_args(|argument| worded_argument(argument, path, words));
    for verb in verbs {
        let path = joined(path, &verb);
        command = command.mut_subcommand(&verb, |verb| below(verb, &path, words));
    }
    command
}

fn worded_argument(argument: Arg, path: &str, words: &Words) -> Arg {
    let heading = if argument.is_positional() { key!("heading-arguments") } else { key!("heading-options") };
    let help = words.help(&joined(path, &argument.get_id().as_str().replace('_', "-")));
    argument.help_heading(words.say(heading, &[])).help(help.unwrap_or_default())
}

/// `VERB-ARGUMENT`.
pub(super) fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}-{name}") }
}
