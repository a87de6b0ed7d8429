use super::*;

const LEAST: &str = "[server]\npublic_url = \"https://login.example.com\"\n";

fn parse(text: &str) -> Result<Config, String> {
    let parsed = Config::parse("cloakroom.toml", text, &BTreeMap::new());
    parsed.map(|(config, _)| config).map_err(|troubles| troubles.to_string())
}

fn with(text: &str) -> Result<Config, String> {
    parse(&format!("{LEAST}{text}"))
}

#[test]
fn two_lines_are_enough() {
    let config = parse(LEAST).unwrap();
    assert_eq!(config.public_listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.beside.to_str(), Some("cloakroom-data/cloakroom.db"));
    assert!(config.mail.is_none() && config.tls.is_none() && config.apps.is_empty());
}

#[test]
fn the_reference_is_a_configuration_with_every_default() {
    let config = parse(&reference()).unwrap();
    assert_eq!(config.apps.len(), 1);
    for key in KEYS {
        assert!(reference().contains(key.about), "{}", key.name);
        assert!(key.default.is_some() || !key.example.is_empty(), "{}", key.name);
    }
}

#[test]
fn an_app_has_the_scheme_and_the_port_of_the_pages() {
    let text = "[server]\npublic_url = \"http://localhost:8080\"\n\n[[app]]\nhost = \"app.localhost\"\nupstream = \"http://localhost:3000\"\nallow = [\"staff\"]\n";
    let config = parse(text).unwrap();
    let app = config.apps.first().unwrap();
    assert_eq!(app.origin.as_str(), "http://app.localhost:8080");
    assert_eq!(app.upstream.as_ref().unwrap().as_str(), "http://localhost:3000");
}

/// What people see, to the letter.
#[test]
fn what_is_wrong_is_told_with_its_place_and_what_to_do() {
    for (text, expected) in [
        (
            "public_lisen = \"0.0.0.0:443\"\n",
            "error[CK1003]: there is no key `public_lisen` in [server]\n  --> cloakroom.toml:3:1\n  |\n3 | public_lisen = …\n  | ^^^^^^^^^^^^\nhint: did you mean `public_listen`?",
        ),
        (
            "drain = \"soon\"\n",
            "error[CK1004]: [server] drain is not a time\n  --> cloakroom.toml:3:9\n  |\n3 | drain = \"soon\"\n  |         ^^^^^^\nhint: write \"500ms\", \"30s\", \"10m\", \"8h\" or \"14d\"",
        ),
        (
            "[mail]\nurl = \"smtp://user:hunter22@mail.example.com\"\nfrom = \"a@example.com\"\n",
            "error[CK1008]: letters with links in them would go over the network in the clear\n  --> cloakroom.toml:4:7\n  |\n4 | url = …\n  |       ^\nhint: use smtps://, or add ?tls=required",
        ),
        (
            "[users]\nsign_up = \"closed\"\n",
            "error[CK1004]: [users] sign_up is not a word that is known\n  --> cloakroom.toml:4:11\n  |\n4 | sign_up = \"closed\"\n  |           ^^^^^^^^\nhint: it is one of open, invite, off",
        ),
    ] {
        assert_eq!(with(text).unwrap_err(), expected);
    }
}

#[test]
fn what_does_not_go_together_is_refused() {
    for (text, code) in [
        ("[tls]\nkey = \"k.pem\"\n", "CK1007"),
        ("[mail]\nfrom = \"a@example.com\"\n", "CK1007"),
        ("internal_listen = \"127.0.0.1:8080\"\n", "CK1007"),
        ("[session]\nidle = \"9h\"\n", "CK1007"),
        ("[session]\nidle = \"1s\"\n", "CK1007"),
        ("[[app]]\nhost = \"login.example.com\"\nupstream = \"http://localhost:1\"\n", "CK1007"),
        ("[[app]]\nhost = \"https://a.example.com\"\nupstream = \"http://localhost:1\"\n", "CK1004"),
        ("[[app]]\nhost = \"a.example.com\"\n", "CK1006"),
        (
            "[[app]]\nhost = \"a.example.com\"\nupstream = \"http://localhost:1\"\npublic = [\"assets\"]\n",
            "CK1004",
        ),
        ("[metrics]\ntoken = \"secret\"\n", "CK1009"),
        ("[store]\nurl = \"mongodb://x\"\n", "CK1004"),
        ("connections = \"many\"\n", "CK1004"),
        ("connections = 3\n", "CK1004"),
        ("trusted_proxies = [\"everybody\"]\n", "CK1004"),
        ("[nonsense]\n", "CK1003"),
        ("app = 3\n", "CK1003"),
        ("not toml", "CK1002"),
    ] {
        let told = with(text).err().unwrap_or_else(|| panic!("{text:?} is taken"));
        assert!(told.contains(&format!("error[{code}]")), "{text:?}: {told}");
    }
    for url in
        ["http://login.example.com", "ftp://x", "https://a.example.com/path", "https://user@a.example.com"]
    {
        let told = parse(&format!("[server]\npublic_url = \"{url}\"\n")).unwrap_err();
        assert!(told.contains("CK100"), "{told}");
    }
    let told = parse("[server]\npublic_url = \"http://localhost:8080\"\npublic_listen = \"0.0.0.0:8080\"\n")
        .unwrap_err();
    assert!(told.contains("CK1008"), "{told}");
    assert!(parse("").unwrap_err().contains("CK1006"));
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let told =
        with("[users]\nsign_up = \"x\"\npassword_at_least = 3\n[log]\nlevel = \"loud\"\n").unwrap_err();
    assert_eq!(told.matches("error[").count(), 3, "{told}");
}

#[test]
fn variables_stand_in_for_keys_and_files_for_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "abcdefghijklmnopqrstuvwxyz\n").unwrap();
    let env = |pairs: &[(&str, &str)]| {
        let env = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::parse("cloakroom.toml", LEAST, &env)
            .map(|(config, _)| config)
            .map_err(|told| told.to_string())
    };
    let config = env(&[
        ("CLOAKROOM_SERVER__PUBLIC_LISTEN", "0.0.0.0:443"),
        ("CLOAKROOM_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("CLOAKROOM_METRICS__TOKEN_FILE", file.to_str().unwrap()),
        ("PATH", "/bin"),
    ])
    .unwrap();
    assert_eq!((config.public_listen.port(), config.trusted_proxies.len()), (443, 2));
    assert!(config.metrics_token.is_some());
    let told = env(&[("CLOAKROOM_METRICS__TOKEN", "x"), ("CLOAKROOM_METRICS__TOKEN_FILE", "y")]).unwrap_err();
    assert!(told.contains("CK1005"), "{told}");
    let told = env(&[("CLOAKROOM_SERVER__PUBLIC_LISTN", "x")]).unwrap_err();
    assert!(told.contains("did you mean CLOAKROOM_SERVER__PUBLIC_LISTEN?"), "{told}");
    let told = env(&[("CLOAKROOM_SERVER__DRAIN", "x")]).unwrap_err();
    assert!(told.contains("--> the environment variable CLOAKROOM_SERVER__DRAIN"), "{told}");
}

/// Whatever is written there: no panic, and no secret in what is told of it.
#[test]
fn damaged_configurations_are_told_of_and_secrets_are_not() {
    let whole =
        reference().replace("# url = ", "url = ").replace("# from", "from").replace("# token", "token");
    let whole = whole
        .replace("user:password", "user:hunter22")
        .replace("a long random text", "hunter22hunter22hunter22");
    let bytes = whole.as_bytes();
    for place in 0..bytes.len() {
        for damage in [&b""[..], b"\"", b"=", b"\n", b"[", b"x"] {
            let damaged = [&bytes[..place], damage, &bytes[place + 1..]].concat();
            if let Ok(text) = std::str::from_utf8(&damaged)
                && let Err(told) = parse(text)
            {
                assert!(!told.contains("hunter22"), "{told}");
            }
        }
    }
}

#[test]
fn networks_contain_what_they_should() {
    use super::values::Network;
    for (network, address, expected) in [
        ("10.0.0.0/8", "10.200.1.1", true),
        ("10.0.0.0/8", "11.0.0.1", false),
        ("0.0.0.0/0", "8.8.8.8", true),
        ("127.0.0.1", "127.0.0.1", true),
        ("127.0.0.1", "127.0.0.2", false),
        ("127.0.0.1", "::ffff:127.0.0.1", true),
        ("fd00::/8", "fd12::1", true),
        ("::/0", "fd12::1", true),
        ("::/0", "10.0.0.1", false),
    ] {
        assert_eq!(
            Network::parse(network).unwrap().contains(address.parse().unwrap()),
            expected,
            "{network} {address}"
        );
    }
    for bad in ["10.0.0.0/33", "x", "10.0.0.0/x", "::/129"] {
        assert!(Network::parse(bad).is_none(), "{bad}");
    }
}
