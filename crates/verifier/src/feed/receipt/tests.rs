use super::*;
use cloakroom_model::records::trail::LaneId;
use cloakroom_model::words::secret::Secret;

fn key(byte: u8) -> MacKey {
    MacKey::new(&Secret::new([byte; 32]))
}

#[test]
fn what_is_made_is_read_again() {
    let heads = Heads::from([(LaneId(0), 7), (LaneId(9), u64::MAX)]);
    for heads in [Heads::new(), heads] {
        let made = Receipt { kid: 513, of: Incarnation([3; 16]), heads };
        let brought = Brought::parse(&made.to_text(&key(1))).unwrap();
        assert_eq!(brought.says, made);
        assert!(brought.is_by(&key(1)) && !brought.is_by(&key(2)));
    }
}
