use super::*;

#[test]
fn as_prometheus_reads_it() {
    let (mut text, took) = (Text::default(), Histogram::default());
    [-3, 0, 1, 7, 10_000, 10_001].iter().for_each(|millis| took.took(*millis));
    text.gauge("staleness", "How old.", None::<u64>);
    text.gauge("facts", "How many.", Some(3));
    text.counts("checks", "How often.", "outcome", &[("valid", 2), ("unknown", 0)]);
    text.histogram("took", "How long.", &took);
    let text = text.finish();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..4],
        [
            "# HELP staleness How old.",
            "# TYPE staleness gauge",
            "# HELP facts How many.",
            "# TYPE facts gauge"
        ]
    );
    assert_eq!(lines[4..7], ["facts 3", "# HELP checks How often.", "# TYPE checks counter"]);
    assert_eq!(
        lines[7..11],
        [
            "checks{outcome=\"valid\"} 2",
            "checks{outcome=\"unknown\"} 0",
            "# HELP took How long.",
            "# TYPE took histogram"
        ]
    );
    assert_eq!(
        lines[11..15],
        [
            "took_bucket{le=\"0.001\"} 3",
            "took_bucket{le=\"0.002\"} 3",
            "took_bucket{le=\"0.005\"} 3",
            "took_bucket{le=\"0.01\"} 4"
        ]
    );
    assert_eq!(
        lines[lines.len() - 4..],
        ["took_bucket{le=\"10\"} 5", "took_bucket{le=\"+Inf\"} 6", "took_sum 20.009", "took_count 6"]
    );
}
