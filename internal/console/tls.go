package console

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often, at most, the files of a certificate are looked at: with the first connection
// after it. A certificate is renewed weeks before it ends.
const lookEvery = 10 * time.Second

// Certificate is the console's, from files that are read again when they change: what renews
// certificates need not know of the process. Make it with LoadCertificate.
type Certificate struct {
	files [2]string // certificate with its chain, key; PEM

	mu      sync.Mutex // guards the fields below
	current *tls.Certificate
	stamps  [2]stamp // of the files when they were last read
	looked  time.Time
	now     func() time.Time
	log     *slog.Logger
}

// stamp tells a file from what it was before.
type stamp struct {
	size    int64
	changed time.Time
}

// LoadCertificate reads the files. The error says which key of the configuration is wrong.
func LoadCertificate(certificate, key string) (*Certificate, error) {
	c := &Certificate{files: [2]string{certificate, key}, now: time.Now, log: slog.Default()}
	stamps, err := c.look()
	if err != nil {
		return nil, fmt.Errorf("console.tls: cannot read the certificate: %w", err)
	}
	if err := c.load(stamps); err != nil {
		return nil, fmt.Errorf("console.tls: cannot use %s with %s: %w", certificate, key, err)
	}
	c.looked = c.now()
	return c, nil
}

// Expires is when the certificate ends.
func (c *Certificate) Expires() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current.Leaf.NotAfter
}

func (c *Certificate) look() (stamps [2]stamp, err error) {
	for i, name := range c.files {
		info, err := os.Stat(name)
		if err != nil {
			return stamps, err
		}
		stamps[i] = stamp{info.Size(), info.ModTime()}
	}
	return stamps, nil
}

// load reads the files as they are.
func (c *Certificate) load(stamps [2]stamp) error {
	loaded, err := tls.LoadX509KeyPair(c.files[0], c.files[1])
	if err != nil {
		return err
	}
	c.current, c.stamps = &loaded, stamps
	return nil
}

// forConnection is the certificate as its files are now. Where they are wrong, as while they are being
// replaced one after the other, it is the one before, and they are tried again.
func (c *Certificate) forConnection(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= lookEvery {
		c.looked = now
		stamps, err := c.look()
		if err == nil && stamps != c.stamps {
			if err = c.load(stamps); err == nil {
				c.log.Info("the console's certificate has changed", "until", c.current.Leaf.NotAfter)
			}
		}
		if err != nil {
			c.log.Warn("cannot use the console's new certificate; the one before is used on", "err", err)
		}
	}
	return c.current, nil
}

// config is that of the server. Browsers of the last ten years speak TLS 1.2 or newer.
func (c *Certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.forConnection}
}
