// golang-jwt: reads a question a line, answers a line.
package main

import (
	"bufio"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"

	"github.com/golang-jwt/jwt/v5"
)

type question struct {
	Op, Alg, Token, Payload string
	ID                      int
	Jwk                     map[string]string
	Header                  map[string]any
}

type raw []byte

func (raw) GetExpirationTime() (*jwt.NumericDate, error) { return nil, nil }
func (raw) GetIssuedAt() (*jwt.NumericDate, error)       { return nil, nil }
func (raw) GetNotBefore() (*jwt.NumericDate, error)      { return nil, nil }
func (raw) GetIssuer() (string, error)                   { return "", nil }
func (raw) GetSubject() (string, error)                  { return "", nil }
func (raw) GetAudience() (jwt.ClaimStrings, error)       { return nil, nil }
func (r raw) MarshalJSON() ([]byte, error)               { return r, nil }

var keys []crypto.Signer

func number(text string) *big.Int {
	bytes, _ := base64.RawURLEncoding.DecodeString(text)
	return new(big.Int).SetBytes(bytes)
}

func public(jwk map[string]string) (any, error) {
	switch jwk["kty"] {
	case "EC":
		return &ecdsa.PublicKey{Curve: elliptic.P256(), X: number(jwk["x"]), Y: number(jwk["y"])}, nil
	case "OKP":
		bytes, err := base64.RawURLEncoding.DecodeString(jwk["x"])
		return ed25519.PublicKey(bytes), err
	case "RSA":
		return &rsa.PublicKey{N: number(jwk["n"]), E: int(number(jwk["e"]).Int64())}, nil
	case "oct":
		return base64.RawURLEncoding.DecodeString(jwk["k"])
	}
	return nil, errors.New("no such key")
}

func text(n *big.Int, size int) string {
	return base64.RawURLEncoding.EncodeToString(n.FillBytes(make([]byte, size)))
}

func key(alg string) (any, error) {
	var signer crypto.Signer
	var err error
	published := map[string]string{"alg": alg}
	switch alg {
	case "ES256":
		var k *ecdsa.PrivateKey
		k, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		signer = k
		published["kty"], published["crv"] = "EC", "P-256"
		published["x"], published["y"] = text(k.X, 32), text(k.Y, 32)
	case "EdDSA":
		var pub ed25519.PublicKey
		var k ed25519.PrivateKey
		pub, k, err = ed25519.GenerateKey(rand.Reader)
		signer = k
		published["kty"], published["crv"], published["x"] = "OKP", "Ed25519", base64.RawURLEncoding.EncodeToString(pub)
	default:
		var k *rsa.PrivateKey
		k, err = rsa.GenerateKey(rand.Reader, 3072)
		signer = k
		published["kty"], published["e"] = "RSA", "AQAB"
		published["n"] = base64.RawURLEncoding.EncodeToString(k.N.Bytes())
	}
	keys = append(keys, signer)
	return map[string]any{"id": len(keys) - 1, "public": published}, err
}

func answer(q question) (any, error) {
	method := jwt.GetSigningMethod(q.Alg)
	switch q.Op {
	case "key":
		return key(q.Alg)
	case "sign":
		token := jwt.NewWithClaims(method, raw(q.Payload))
		delete(token.Header, "typ")
		for name, value := range q.Header {
			token.Header[name] = value
		}
		var with any
		if q.Jwk != nil {
			with, _ = public(q.Jwk)
		} else {
			with = keys[q.ID]
		}
		signed, err := token.SignedString(with)
		return map[string]any{"token": signed}, err
	}
	parser := jwt.NewParser(jwt.WithValidMethods([]string{q.Alg}), jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding())
	token, err := parser.Parse(q.Token, func(*jwt.Token) (any, error) { return public(q.Jwk) })
	if err != nil {
		return nil, err
	}
	return map[string]any{"claims": token.Claims}, nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var q question
		var said any
		err := json.Unmarshal(lines.Bytes(), &q)
		if err == nil {
			said, err = answer(q)
		}
		if err != nil {
			said = map[string]any{"error": err.Error()}
		}
		out, _ := json.Marshal(said)
		fmt.Println(string(out))
	}
}
