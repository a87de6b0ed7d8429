use super::*;
use cloakroom_model::ports::doubles::SeededEntropy;
use std::sync::mpsc;

const CHEAP: Cost = Cost { memory: 64, passes: 1, lanes: 1 };

fn visitor(prefix: &str, known_browser: bool) -> Visitor {
    Visitor { prefix: prefix.to_owned(), known_browser }
}

fn hasher(shape: Shape) -> Hasher {
    Hasher::start(Shape { cost: CHEAP, ..shape }, Arc::new(SeededEntropy::new(1))).unwrap()
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

#[test]
fn hashes_and_verifies() {
    let hasher = hasher(Shape::default());
    let wait = |password: &str| {
        let stored = pollster::block_on(hasher.hash(secret("correct horse"), visitor("a", false))).unwrap();
        pollster::block_on(hasher.verify(stored, secret(password), visitor("a", false)))
    };
    assert_eq!(wait("correct horse"), Ok(Verdict::Match { outdated: false }));
    assert_eq!(wait("battery staple"), Ok(Verdict::Mismatch));
    let broken = pollster::block_on(hasher.verify("nonsense".to_owned(), secret("x"), visitor("a", false)));
    assert_eq!(broken, Err(NotHashed::Unusable(Unusable::Malformed)));
}

/// A queue whose one thread is held, what is pushed, and the order in which it comes out.
fn order(shape: Shape, visitors: &[(&str, bool)]) -> (Vec<bool>, Vec<usize>) {
    let mut queue = Queue::default();
    let (note, notes) = mpsc::channel();
    let taken = visitors
        .iter()
        .enumerate()
        .map(|(number, (prefix, known))| {
            let note = note.clone();
            let work: Work = Box::new(move |_| note.send(number).unwrap());
            queue.push(&shape, visitor(prefix, *known), work).is_ok()
        })
        .collect();
    while let Some(work) = queue.pop() {
        work(&mut Memory::default());
    }
    drop(note);
    (taken, notes.iter().collect())
}

#[test]
fn prefixes_take_turns_however_many_come_from_one() {
    let visitors = [("flood", false), ("flood", false), ("flood", false), ("anna", false), ("bob", false)];
    let (_, order) = order(Shape::default(), &visitors);
    assert_eq!(order, [0, 3, 4, 1, 2]);
}

#[test]
fn known_browsers_and_strangers_take_turns() {
    let visitors = [("a", false), ("b", false), ("c", false), ("d", true), ("e", true)];
    let (_, order) = order(Shape::default(), &visitors);
    assert_eq!(order, [3, 0, 4, 1, 2]);
}

#[test]
fn one_network_keeps_nobody_else_out() {
    let mut visitors = vec![("flood", false); 20];
    visitors.push(("anna", false));
    let (taken, _) = order(Shape { queue: 16, kept_for_known: 4, ..Shape::default() }, &visitors);
    assert_eq!(taken.iter().filter(|taken| **taken).count(), 3, "two of the flood, and Anna");
    assert!(taken[20]);
}

#[test]
fn a_scheme_that_panics_fails_its_own_caller_only() {
    let hasher = hasher(Shape::default());
    let panics =
        pollster::block_on(hasher.run(visitor("a", false), |_| -> Result<(), Unusable> { panic!("broken") }));
    assert_eq!(panics, Err(NotHashed::Stopped));
    assert!(pollster::block_on(hasher.hash(secret("x"), visitor("a", false))).is_ok());
}

#[test]
fn a_full_queue_says_so_and_keeps_places_for_known_browsers() {
    let shape = Shape { queue: 3, kept_for_known: 1, ..Shape::default() };
    let visitors = [("a", false), ("b", false), ("c", false), ("d", true), ("e", true)];
    let (taken, order) = order(shape, &visitors);
    assert_eq!(taken, [true, true, false, true, false]);
    assert_eq!(order, [3, 0, 1]);
}

#[test]
fn what_nobody_waits_for_is_not_done_and_stopping_answers_everybody() {
    let hasher = hasher(Shape { threads: 2, ..Shape::default() });
    for _ in 0..50 {
        let mut context = core::task::Context::from_waker(core::task::Waker::noop());
        let mut hash = Box::pin(hasher.hash(secret("x"), visitor("a", false)));
        let _ = hash.as_mut().poll(&mut context);
    }
    assert!(pollster::block_on(hasher.hash(secret("x"), visitor("b", false))).is_ok());
    drop(hasher);
}
