use super::*;
use cloakroom_model::words::text::base64url;

#[test]
fn what_a_letter_says_comes_back() -> Result<(), Malformed> {
    let link = || Link::parse(&format!("ckl_{}", base64url(&[7; 32])));
    let to = LoginName::email("anna@example.com")?;
    for says in [
        Says::ConfirmSignUp(link()?),
        Says::AlreadyHere,
        Says::Invitation(link()?),
        Says::Recovery(link()?),
        Says::Verify(link()?),
        Says::NewAddress(link()?),
        Says::AddressChanged(to.clone(), link()?),
        Says::PasswordChanged,
        Says::Deleted,
        Says::NewSignIn("Firefox".to_owned(), "192.0.2.0/24".to_owned()),
    ] {
        let (to, called, language) = (to.clone(), "Anna".to_owned(), "de".to_owned());
        let message = Message { to, called, language, written: Time::from_millis(5), says };
        let bytes = message.to_bytes();
        let back = Message::from_bytes(bytes.expose())?;
        assert_eq!(back.to_bytes().expose(), bytes.expose());
        assert_eq!(back.says.link().is_some(), message.says.link().is_some());
        for length in 0..bytes.expose().len() {
            assert!(bytes.expose().get(..length).is_some_and(|cut| Message::from_bytes(cut).is_err()));
        }
    }
    Ok(())
}
