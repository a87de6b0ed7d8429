use super::*;

#[test]
fn nobody_else_says_who_somebody_is() {
    let mut headers = HeaderMap::new();
    for name in [
        "Remote-User",
        "remote_user",
        "Remote.User",
        "REMOTE-GROUPS",
        "remote-anything",
        "Cloakroom-Session",
        "cloakroom_assertion",
        "X-Forwarded-For",
        "x_forwarded_host",
        "Forwarded",
        "X-Real-IP",
        "X-Original-URL",
    ] {
        headers.insert(
            HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes()).unwrap(),
            HeaderValue::from_static("root"),
        );
    }
    headers.insert("accept", HeaderValue::from_static("*/*"));
    headers.insert("x-app", HeaderValue::from_static("1"));
    strip(&mut headers);
    let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
    left.sort_unstable();
    assert_eq!(left, ["accept", "x-app"]);
}

#[test]
fn no_app_sees_a_ticket_or_sets_one() {
    let mut headers = HeaderMap::new();
    headers.append(COOKIE, HeaderValue::from_static("a=1; __Host-Http-cloakroom=ckt_x;b=2"));
    headers.append(
        COOKIE,
        HeaderValue::from_static("cloakroom_dev_8080=ckt_y; __Host-cloakroom_start=z; cloakrooms=3"),
    );
    strip_cookies(&mut headers);
    let left: Vec<_> = headers.get_all(COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(left, ["a=1; b=2; cloakrooms=3"]);
    let mut answer = HeaderMap::new();
    for cookie in ["a=1; Path=/", "__Host-Http-cloakroom=ckt_x", "cloakroom_dev_1_anon=x", " cloakroom=1"] {
        answer.append("set-cookie", HeaderValue::from_str(cookie).unwrap());
    }
    strip_set_cookies(&mut answer);
    assert_eq!(answer.get_all("set-cookie").iter().count(), 1);
    let mut only = HeaderMap::new();
    only.insert(COOKIE, HeaderValue::from_static("cloakroom_dev_8080=ckt_y"));
    strip_cookies(&mut only);
    assert!(only.get(COOKIE).is_none());
}

#[test]
fn a_name_is_no_header_of_its_own() {
    assert_eq!(encoded("Anna Å\r\nRemote-User: root%"), "Anna %C3%85%0D%0ARemote-User: root%25");
}

#[test]
fn a_comma_in_a_group_makes_no_other_one() {
    let groups = ["staff", "a,admins", "50%2C"].map(|name| name.parse::<Group>().unwrap());
    assert_eq!(listed(&groups), "staff,a%2Cadmins,50%252C");
}
