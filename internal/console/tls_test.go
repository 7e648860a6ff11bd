package console

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writeCertificate makes a certificate of 127.0.0.1 that signs itself.
func writeCertificate(t *testing.T, dir string, serial int64) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "console"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: noon, NotAfter: noon.AddDate(0, 0, int(serial)), BasicConstraintsValid: true, IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "console.pem"), filepath.Join(dir, "console.key")
	for name, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

// TestCertificate: it is read again when its files change, and stays what it was while they are wrong.
func TestCertificate(t *testing.T) {
	dir := t.TempDir()
	certificate, key := writeCertificate(t, dir, 1)
	c, err := LoadCertificate(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	c.now, c.looked, c.log = func() time.Time { return now }, now, slog.New(slog.DiscardHandler)
	f := func(want int64) {
		t.Helper()
		got, err := c.forConnection(nil)
		if err != nil || got.Leaf.SerialNumber.Int64() != want {
			t.Errorf("%v %v, want %d", got.Leaf.SerialNumber, err, want)
		}
	}
	f(1)
	if !c.Expires().Equal(noon.AddDate(0, 0, 1).Truncate(time.Second)) {
		t.Errorf("%v", c.Expires())
	}
	writeCertificate(t, dir, 22)
	f(1) // it looks every ten seconds
	now = now.Add(lookEvery)
	f(22)
	if err := os.WriteFile(key, []byte("half of"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(lookEvery)
	f(22)
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	now = now.Add(lookEvery)
	f(22)
	writeCertificate(t, dir, 333)
	now = now.Add(lookEvery)
	f(333)

	for name, text := range map[string]string{"gone.pem": "", "console.key": "x"} {
		if text != "" {
			if err := os.WriteFile(key, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := LoadCertificate(certificate, filepath.Join(dir, name)); err == nil || !strings.HasPrefix(err.Error(), "console.tls: cannot") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
