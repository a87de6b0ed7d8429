use super::*;

#[test]
fn addresses_are_noted_as_networks() {
    for (address, expected) in [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("10.100.255.9", "10.100.255.0/24"),
        ("0.99.9.1", "0.99.9.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::1", "::/48"),
        ("fe80::1", "fe80::/48"),
    ] {
        assert_eq!(prefix(address.parse().unwrap()), expected);
    }
}

#[test]
fn devices_are_named_by_family_and_system() {
    let label = |agent: &str| {
        Sender { agent: Some(agent.parse().unwrap()), peer: None, request: None }.device().label
    };
    assert_eq!(
        label("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
        "Firefox on Linux"
    );
    assert_eq!(
        label(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1"
        ),
        "Safari on iPhone"
    );
    assert_eq!(
        label(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0"
        ),
        "Edge on Windows"
    );
    assert_eq!(label("curl/8.14"), "curl");
    assert_eq!(label(""), "Unknown device");
}
