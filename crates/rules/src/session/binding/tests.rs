use super::*;

fn client(address: &str, agent: &str) -> Client {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Client { address: some(address), agent: some(agent), tls: None }
}

#[test]
fn only_what_is_known_on_both_sides_is_compared() {
    let noted = client("192.0.2.0/24", "Firefox").to_binding().unwrap();
    for (address, agent, differs) in [
        ("192.0.2.0/24", "Firefox", false),
        ("192.0.2.0/24", "Chrome", true),
        ("198.51.100.0/24", "Firefox", true),
        ("", "Firefox", false),
        ("", "", false),
        ("", "Chrome", true),
    ] {
        assert_eq!(client(address, agent).differs_from(&noted), differs, "{address} {agent}");
    }
    assert_eq!(Client::default().to_binding(), None);
}
