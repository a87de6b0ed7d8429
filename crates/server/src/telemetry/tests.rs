use super::*;
use parking_lot::Mutex;
use std::io::Write;
use std::sync::Arc;

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_defect_is_written_down_without_what_it_was_about_and_ends_nothing_else() {
    let written = Written::default();
    let into = written.clone();
    let lines = fmt::layer().json().with_writer(move || into.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
        let before = std::panic::take_hook();
        note_what_nobody_thought_of();
        let ended = std::panic::catch_unwind(|| panic!("the secret is hunter22"));
        std::panic::set_hook(before);
        assert!(ended.is_err());
    });
    let text = String::from_utf8(written.0.lock().clone()).unwrap();
    assert!(text.contains("telemetry/tests.rs") && text.contains("ERROR"), "{text}");
    assert!(!text.contains("hunter22"), "{text}");
}
