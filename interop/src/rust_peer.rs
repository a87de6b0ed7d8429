//! jsonwebtoken, in this process.

use crate::peer::Peer;
use cloakroom_crypto::signing_key::{PairAlg, SigningKey};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde_json::{Map, Value};

struct JsonWebToken {
    keys: Vec<EncodingKey>,
}

pub(crate) fn start() -> Option<Box<dyn Peer>> {
    Some(Box::new(JsonWebToken { keys: Vec::new() }))
}

fn sign(alg: &str, key: &EncodingKey, typ: Option<&str>, payload: &str) -> Option<String> {
    let mut header = Header::new(alg.parse::<Algorithm>().ok()?);
    (header.kid, header.typ) = (Some("one".to_owned()), typ.map(str::to_owned));
    let claims: Map<String, Value> = serde_json::from_str(payload).ok()?;
    encode(&header, &claims, key).ok()
}

impl Peer for JsonWebToken {
    fn name(&self) -> &'static str {
        "jsonwebtoken"
    }

    fn key(&mut self, alg: &str) -> Option<(Value, Value)> {
        let alg = [
            ("ES256", PairAlg::Es256),
            ("EdDSA", PairAlg::EdDsa),
            ("PS256", PairAlg::Ps256),
            ("RS256", PairAlg::Rs256),
        ]
        .into_iter()
        .find(|(name, _)| *name == alg)?
        .1;
        // The library makes no keys: ours, as the bytes that every tool knows.
        let key = SigningKey::draw(alg).ok()?;
        let private = key.to_private_bytes().ok()?;
        let der = private.expose().splitn(2, |byte| *byte == 0).nth(1)?;
        self.keys.push(match alg {
            PairAlg::Es256 => EncodingKey::from_ec_der(der),
            PairAlg::EdDsa | PairAlg::Ed25519 => EncodingKey::from_ed_der(der),
            // It wants what stands inside of PKCS #8, behind 26 bytes of headers.
            PairAlg::Ps256 | PairAlg::Rs256 => EncodingKey::from_rsa_der(der.get(26..)?),
        });
        let id = Value::from(self.keys.len() - 1);
        Some((id, Value::Object(key.public("one").ok()?.to_object())))
    }

    fn sign(&mut self, alg: &str, key: &Value, payload: &str) -> Option<String> {
        let key = self.keys.get(usize::try_from(key.as_u64()?).ok()?)?;
        sign(alg, key, Some("at+jwt"), payload)
    }

    fn sign_shared(&mut self, jwk: &Value, payload: &str) -> Option<String> {
        let secret = cloakroom_model::words::text::from_base64url(jwk.get("k")?.as_str()?).ok()?;
        sign("HS256", &EncodingKey::from_secret(&secret), None, payload)
    }

    fn verify(&mut self, alg: &str, jwk: &Value, token: &str) -> Option<String> {
        let jwk: Jwk = serde_json::from_value(jwk.clone()).ok()?;
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        let mut validation = Validation::new(alg.parse().ok()?);
        validation.required_spec_claims.clear();
        (validation.validate_exp, validation.validate_aud) = (false, false);
        let data = decode::<Value>(token, &key, &validation).ok()?;
        Some(data.claims.to_string())
    }
}
