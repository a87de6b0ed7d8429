use super::*;
use cloakroom_model::records::account::PasswordHash;
use cloakroom_model::words::id::SessionId;
use cloakroom_model::words::login_name::LoginName;

#[test]
fn a_stranger_says_the_code_and_is_not_signed_in() {
    let email: LoginName = "anna@example.com".parse().unwrap();
    let sign_up =
        About::SignUp { email: email.clone(), called: String::new(), password: PasswordHash(String::new()) };
    let recovery = About::Recovery { email: email.clone() };
    let change = About::EmailChange { to: email.clone(), session: SessionId::from_bytes([2; 16]) };
    let verification = About::Verification { email: email.clone() };
    let undo = About::EmailUndo {
        user: cloakroom_model::words::id::UserId::from_bytes([1; 16]),
        back_to: email.clone(),
        version: 2,
    };
    let invitation = About::Invitation { email, groups: Vec::new() };
    use Standing::{Nobodys, SaidCode, Same, Stranger};
    for (about, standing, code, password, signed_in) in [
        (&sign_up, Same, false, false, true),
        (&sign_up, SaidCode, false, false, false),
        (&sign_up, Stranger, true, false, false),
        (&recovery, Same, false, true, false),
        (&recovery, Stranger, true, true, false),
        (&recovery, SaidCode, false, true, false),
        (&verification, Stranger, true, false, false),
        (&change, Same, false, false, false),
        (&change, Stranger, true, false, false),
        (&undo, Nobodys, false, false, false),
        (&undo, Stranger, false, false, false),
        (&invitation, Nobodys, false, true, true),
    ] {
        assert_eq!(needs(about, standing), Needs { code, password }, "{about:?} {standing:?}");
        assert_eq!(signs_in(about, standing), signed_in, "{about:?} {standing:?}");
    }
}
