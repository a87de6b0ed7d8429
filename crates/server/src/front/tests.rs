use super::*;

#[test]
fn a_request_is_for_one_host() {
    let request = |line: &str, hosts: &[&str]| {
        let mut request = Request::builder().uri(line);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        host_of(&request.body(Body::empty()).unwrap())
    };
    for (line, hosts, expected) in [
        ("/", &["App.example:8080"][..], Some("app.example")),
        ("/", &["a.example", "b.example"], None),
        ("/", &[], None),
        ("http://a.example/", &["a.example:80"], Some("a.example")),
        ("http://a.example/", &["b.example"], None),
        ("https://a.example/", &[], Some("a.example")),
        ("/", &["[::1]:8080"], Some("[::1]")),
    ] {
        assert_eq!(request(line, hosts).as_deref(), expected, "{line} {hosts:?}");
    }
}

#[test]
fn addresses_are_read_as_proxies_write_them() {
    for (text, read) in [
        (&b" 203.0.113.7 "[..], Some("203.0.113.7")),
        (b"203.0.113.7:443", Some("203.0.113.7")),
        (b"::ffff:203.0.113.7", Some("203.0.113.7")),
        (b"[2001:db8::1]", Some("2001:db8::1")),
        (b"[2001:db8::1]:443", Some("2001:db8::1")),
        (b"unknown", None),
        (b"\xff", None),
        (b"", None),
    ] {
        assert_eq!(address_of(text), read.map(|read| read.parse().unwrap()), "{text:?}");
    }
}

#[test]
fn secrets_in_a_path_are_not_written_down() {
    let link = format!("/confirm/ckl_{}", "A".repeat(43));
    assert_eq!(scrubbed(&link), "/confirm/…");
    assert_eq!(scrubbed("/a/ckl_/b"), "/a/ckl_/b");
}
