// Package recipe checks Cloakroom's access tokens in Go, without the feed: what was taken back is accepted until the token expires, ten
// minutes at most. Where that is too long, ask an API that follows the feed, or put one in front.
package recipe

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// A Key is a public key and its one algorithm: what a token's header says is compared with it, and never followed.
type Key struct {
	Alg    string
	Public any
}

type jwk struct {
	Kid, Kty, Alg, Crv, X, Y, N, E string
}

func number(text string) *big.Int {
	bytes, _ := base64.RawURLEncoding.DecodeString(text)
	return new(big.Int).SetBytes(bytes)
}

func (k jwk) public() (any, error) {
	switch {
	case k.Kty == "EC" && k.Crv == "P-256" && k.Alg == "ES256":
		public := &ecdsa.PublicKey{Curve: elliptic.P256(), X: number(k.X), Y: number(k.Y)}
		if _, err := public.ECDH(); err != nil {
			return nil, err
		}
		return public, nil
	case k.Kty == "OKP" && k.Crv == "Ed25519" && k.Alg == "EdDSA":
		bytes, err := base64.RawURLEncoding.DecodeString(k.X)
		if err == nil && len(bytes) != ed25519.PublicKeySize {
			err = errors.New("of another length")
		}
		return ed25519.PublicKey(bytes), err
	case k.Kty == "RSA" && (k.Alg == "PS256" || k.Alg == "RS256"):
		public := &rsa.PublicKey{N: number(k.N), E: int(number(k.E).Int64())}
		if public.N.BitLen() < 2048 {
			return nil, errors.New("too short")
		}
		return public, nil
	}
	return nil, errors.New("no key of a known kind")
}

// Keys reads a JWK Set. A key that is of no known kind is left out.
func Keys(set []byte) (map[string]Key, error) {
	var read struct{ Keys []jwk }
	if err := json.Unmarshal(set, &read); err != nil {
		return nil, err
	}
	keys := map[string]Key{}
	for _, one := range read.Keys {
		if public, err := one.public(); err == nil {
			keys[one.Kid] = Key{one.Alg, public}
		}
	}
	return keys, nil
}

// Claims are what a token says.
type Claims struct {
	jwt.RegisteredClaims
	ClientID  string          `json:"client_id"`
	SessionID string          `json:"sid"`
	Scope     string          `json:"scope"`
	Groups    []string        `json:"groups"`
	Bound     json.RawMessage `json:"cnf"`
}

// Check answers what a token says, if it is good here and now. `now` is for tests; time.Now everywhere else.
func Check(text, issuer, audience string, keys map[string]Key, now func() time.Time) (*Claims, error) {
	parser := jwt.NewParser(
		jwt.WithIssuer(issuer), jwt.WithAudience(audience), jwt.WithExpirationRequired(), jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(now),
		jwt.WithValidMethods([]string{"ES256", "EdDSA", "PS256", "RS256"}),
	)
	claims := &Claims{}
	_, err := parser.ParseWithClaims(text, claims, func(token *jwt.Token) (any, error) {
		kid, _ := token.Header["kid"].(string)
		typ, _ := token.Header["typ"].(string)
		key, known := keys[kid]
		kind := strings.TrimPrefix(strings.ToLower(typ), "application/")
		_, critical := token.Header["crit"]
		if !known || key.Alg != token.Method.Alg() || kind != "at+jwt" || critical {
			return nil, errors.New("not an access token by a key of ours")
		}
		return key.Public, nil
	})
	switch {
	case err != nil:
		return nil, err
	// A token that is bound to a key is no bearer token.
	case len(claims.Bound) > 0:
		return nil, errors.New("bound to a key")
	case claims.SessionID == "" || claims.IssuedAt == nil || claims.IssuedAt.After(now().Add(30*time.Second)):
		return nil, errors.New("not an access token")
	}
	return claims, nil
}

// Published keeps the keys of an issuer: read from its /.well-known/jwks.json now and then, and when a token names one that is not known,
// but at most once in ten seconds.
type Published struct {
	URL    string
	Client http.Client
	lock   sync.Mutex
	keys   map[string]Key
	read   time.Time
}

// Keys answers the keys, with that of a token if it is published.
func (p *Published) Keys(kid string) (map[string]Key, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	_, known := p.keys[kid]
	age := time.Since(p.read)
	if age > 10*time.Minute || !known && age > 10*time.Second {
		p.read = time.Now()
		answer, err := p.Client.Get(p.URL)
		if err != nil {
			return p.keys, err
		}
		defer answer.Body.Close()
		var set json.RawMessage
		if err := json.NewDecoder(http.MaxBytesReader(nil, answer.Body, 1<<16)).Decode(&set); err != nil || answer.StatusCode != 200 {
			return p.keys, fmt.Errorf("the keys cannot be read: status %d, %v", answer.StatusCode, err)
		}
		if keys, err := Keys(set); err == nil {
			p.keys = keys
		}
	}
	return p.keys, nil
}
