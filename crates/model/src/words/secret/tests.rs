use super::*;
use std::sync::Mutex;

static WIPED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Watched(Vec<u8>);

impl Zeroize for Watched {
    fn zeroize(&mut self) {
        self.0.iter_mut().for_each(|byte| *byte = 0);
        WIPED.lock().unwrap().extend(&self.0);
    }
}

#[test]
fn dropping_wipes() {
    drop(Secret::new(Watched(vec![1, 2, 3])));
    assert_eq!(*WIPED.lock().unwrap(), [0, 0, 0]);
}

#[test]
fn debug_tells_nothing() {
    assert_eq!(format!("{:?}", Secret::new(String::from("hunter2"))), "Secret(..)");
}
