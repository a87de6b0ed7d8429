use super::*;

/// Every handler's future has room for a look at its session, in a box that is made for each request: a few kilobytes of it
/// cost more than the look.
#[test]
fn a_look_takes_little_room() {
    fn size<F: Future>(_: impl Fn(&'static Handle) -> F) -> usize {
        size_of::<F>()
    }
    assert!(size(Handle::look) <= 256, "{}", size(Handle::look));
    assert!(size(Handle::csrf_token) <= 256, "{}", size(Handle::csrf_token));
}
