//! `colloque-authority invite`.

use colloque_schemas::certificate::{Holder, IdentityError, ProfessionalIdentity};
use serde_json::json;

use super::arguments::{InviteArguments, InvitedRole, key_hash};
use super::output::{print_json, print_line, qr};
use crate::authority::{AuthorityError, Desk, Places};

/// Makes the code and prints its invitation, alone on its line so that a script can take it.
pub(super) async fn run(
    desk: &Desk,
    arguments: InviteArguments,
    is_terminal: bool,
) -> Result<(), AuthorityError> {
    let holder = holder(&arguments)?;
    let role = holder.role();
    let relay_key = arguments.relay_key.as_deref().map(key_hash).transpose()?;
    let places = Places {
        authority_address: arguments.authority,
        relay_address: arguments.relay,
        relay_key,
        relay_name: arguments.relay_name,
    };
    let invited = desk.invite(holder, arguments.life_seconds, &places).await?;
    let invitation = invited.invitation.to_string();
    if arguments.json {
        let expires_at = invited.expires_at.0;
        return print_json(
            &json!({ "invitation": invitation, "role": role.word(), "expires_at": expires_at }),
        );
    }
    if arguments.qr || is_terminal {
        print_line(&qr(&invitation)?)?;
    }
    print_line(&invitation)
}

/// Whom to certify; the RPPS number's key is checked here, before any code exists.
fn holder(arguments: &InviteArguments) -> Result<Holder, AuthorityError> {
    let given = (&arguments.name, &arguments.profession, &arguments.rpps);
    match (arguments.role, given) {
        (InvitedRole::Professional, (Some(name), Some(profession), Some(rpps))) => {
            let rpps = rpps.parse().map_err(IdentityError::Rpps)?;
            Ok(Holder::Professional(ProfessionalIdentity::new(name, profession, rpps)?))
        }
        (InvitedRole::Professional, _) => {
            Err(AuthorityError::Usage("a professional is invited with --name, --profession and --rpps"))
        }
        (InvitedRole::Patient, (None, None, None)) => Ok(Holder::Patient),
        (InvitedRole::Patient, _) => Err(AuthorityError::Usage(
            "a patient is invited without name, profession or number: the authority is not to know them",
        )),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use colloque_schemas::certificate::NotAnRpps;

    use super::super::arguments::{Arguments, Command};
    use super::*;

    fn invited(options: &[&str]) -> Result<Holder, AuthorityError> {
        let line = ["colloque-authority", "invite", "--data", "x"].iter().chain(options);
        match Arguments::try_parse_from(line).unwrap().command {
            Command::Invite(arguments) => holder(&arguments),
            _ => panic!("not an invitation"),
        }
    }

    fn professional(rpps: &str) -> [&str; 8] {
        ["--role", "professional", "--name", "Dr Lambert", "--profession", "Médecin", "--rpps", rpps]
    }

    #[test]
    fn a_professional_is_invited_with_the_whole_public_identity() {
        let holder = invited(&professional("10101234564")).unwrap();
        assert!(matches!(holder, Holder::Professional(identity) if identity.name() == "Dr Lambert"));
        let error = invited(&professional("10101234564")[..6]).unwrap_err();
        assert!(matches!(error, AuthorityError::Usage(_)), "{error}");
    }

    #[test]
    fn a_mistyped_rpps_number_is_refused_before_there_is_a_code() {
        let error = invited(&professional("10101234565")).unwrap_err();
        assert!(matches!(error, AuthorityError::Holder(IdentityError::Rpps(NotAnRpps::Key))), "{error}");
    }

    #[test]
    fn a_patient_is_invited_without_anything_that_says_who_it_is() {
        assert!(matches!(invited(&["--role", "patient"]), Ok(Holder::Patient)));
        for identity in [["--name", "Jeanne"], ["--profession", "none"], ["--rpps", "10101234564"]] {
            let error = invited(&["--role", "patient", identity[0], identity[1]]).unwrap_err();
            assert!(matches!(error, AuthorityError::Usage(_)), "{error}");
        }
    }
}
