package main

import (
	"bufio"
	"cmp"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// asPrefixes is how many prefixes the AS database has: about as many as the world's routing tables.
const asPrefixes = 1_000_000

// asDatabase makes an MMDB file with the prefixes of gen's remote addresses and random others, unless
// it is there.
func (b *bench) asDatabase() (string, error) {
	path := filepath.Join(b.out, "asn-1m.mmdb")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	list := filepath.Join(b.out, "prefixes.csv")
	gen, err := b.load.generator()
	if err != nil {
		return "", err
	}
	if _, err := runProgram(nil, gen, "make", "-proto", "v9", "-records", "1", "-prefixes", list, "-o", filepath.Join(b.out, "prefixes.pcap")); err != nil {
		return "", err
	}
	networks, err := readPrefixes(list)
	if err != nil {
		return "", err
	}
	fillPrefixes(networks, asPrefixes)
	return path, writeASDatabase(path, networks)
}

// readPrefixes reads gen's list: a prefix and an AS number a line.
func readPrefixes(path string) (map[netip.Prefix]uint32, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := map[netip.Prefix]uint32{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		prefix, number, _ := strings.Cut(lines.Text(), ",")
		p, err := netip.ParsePrefix(prefix)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		as, err := strconv.ParseUint(number, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out[p.Masked()] = uint32(as)
	}
	return out, nil
}

// fillPrefixes adds random prefixes up to n: five of six IPv4, mostly /24, as in routing tables.
func fillPrefixes(networks map[netip.Prefix]uint32, n int) {
	r := rand.New(rand.NewPCG(1, 2))
	for len(networks) < n {
		var a netip.Addr
		bits := 0
		if r.IntN(6) > 0 {
			a = netip.AddrFrom4([4]byte{byte(1 + r.IntN(222)), byte(r.Uint32()), byte(r.Uint32()), 0})
			bits = min(24, 16+r.IntN(20))
		} else {
			a = netip.AddrFrom16([16]byte{0x20 | byte(r.IntN(16)), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())})
			bits = 32 + r.IntN(17)
		}
		p := netip.PrefixFrom(a, bits).Masked()
		if _, taken := networks[p]; !taken {
			networks[p] = 1000 + r.Uint32N(400_000)
		}
	}
}

// writeASDatabase writes the networks, the shorter first, so that a longer one counts within it.
func writeASDatabase(path string, networks map[netip.Prefix]uint32) error {
	tree, err := mmdbwriter.New(mmdbwriter.Options{DatabaseType: "bench-ASN", RecordSize: 28, IncludeReservedNetworks: true, DisableIPv4Aliasing: true})
	if err != nil {
		return err
	}
	order := make([]netip.Prefix, 0, len(networks))
	for p := range networks {
		order = append(order, p)
	}
	slices.SortFunc(order, func(p, q netip.Prefix) int {
		return cmp.Or(cmp.Compare(p.Bits(), q.Bits()), p.Addr().Compare(q.Addr()))
	})
	for _, p := range order {
		network := &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
		if err := tree.Insert(network, mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint32(networks[p])}); err != nil {
			return fmt.Errorf("cannot put %v into the AS database: %w", p, err)
		}
	}
	f, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	if _, err := tree.WriteTo(f); err != nil {
		f.Close()
		return fmt.Errorf("cannot write %s: %w", path, err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}
