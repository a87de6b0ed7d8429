use super::*;
use crate::token::sample::session;
use cloakroom_crypto::jwks::KeySet;
use cloakroom_crypto::jwt::{UnverifiedJwt, sign};
use cloakroom_crypto::signing_key::{PairAlg, SigningKey};
use cloakroom_model::ports::doubles::SeededEntropy;

#[test]
fn what_is_said_comes_back_and_is_no_access_token() {
    let (issuer, audience) =
        ("https://login.example".parse().unwrap(), "https://app.example".parse().unwrap());
    let request = Request {
        issuer: &issuer,
        audience: &audience,
        host: "app.example",
        method: "GET",
        called: "Anna \"A\" Ångström",
        email: "anna@example.com",
    };
    let session = session();
    let now = session.created;
    let said = decide(&request, &Facts { session: &session }, now, &SeededEntropy::new(1)).unwrap().unwrap();
    assert_eq!(said.expires, now.plus(LIFE));
    let key = SigningKey::draw(PairAlg::Es256).unwrap();
    let text = sign(&said, "k", &key).unwrap();
    let mut keys = KeySet::default();
    keys.add("k", key.verifying("k").unwrap()).unwrap();
    let jwt = UnverifiedJwt::parse(&text).unwrap();
    let read: Assertion = jwt.verify(&keys).unwrap().into_claims();
    let whole = |time: Time| Time::from_millis(time.millis() / 1_000 * 1_000);
    let proven = said.proven.map(whole);
    assert_eq!(read, Assertion { issued: whole(said.issued), expires: whole(said.expires), proven, ..said });
    assert!(jwt.verify::<crate::token::access::AccessToken>(&keys).is_err());
    let nobody = Session { subject: None, ..session };
    assert_eq!(decide(&request, &Facts { session: &nobody }, now, &SeededEntropy::new(1)).unwrap(), None);
}
