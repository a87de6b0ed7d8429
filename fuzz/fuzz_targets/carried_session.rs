//! What a cookie carries, and what anybody can send in its place: nothing opens that we did not make.
#![no_main]

use cloakroom_crypto::keyring::KeyRing;
use cloakroom_model::ports::doubles::SeededEntropy;
use cloakroom_model::records::session::{Device, Session};
use cloakroom_model::words::frame::{Reader, Writer};
use cloakroom_store::codec::{decode_carried, encode_carried, read_account, write_session};
use std::sync::OnceLock;

fn ring() -> &'static KeyRing {
    static RING: OnceLock<KeyRing> = OnceLock::new();
    RING.get_or_init(|| KeyRing::draw(&SeededEntropy::new(1)).unwrap())
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(session) = decode_carried(bytes) {
        // What the devices page shows is never written.
        let session = Session { device: Device::default(), ..session };
        assert_eq!(decode_carried(&encode_carried(&session)), Ok(session.clone()));
        let mut writer = Writer::default();
        write_session(&mut writer, &session, &Device::default());
        let account = read_account(&mut Reader::new(&writer.finish()));
        assert_eq!(account, Ok((session.subject, session.groups)));
    }
    let place: [&[u8]; 2] = [b"name", b"origin"];
    assert!(ring().open(&place, bytes).is_err());
    assert!(ring().open_signed(&place, bytes).is_err());
});
