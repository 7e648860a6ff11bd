package main

import (
	"bytes"
	"fmt"
	"net/netip"
	"time"

	"github.com/netsampler/goflow2/v2/decoders/netflow"
	"github.com/netsampler/goflow2/v2/decoders/netflowlegacy"
	"github.com/netsampler/goflow2/v2/decoders/sflow"
	"github.com/netsampler/goflow2/v2/producer"
	protoproducer "github.com/netsampler/goflow2/v2/producer/proto"

	"tributary/internal/decode"
)

// goflow2 is goflow2's decoders, used as its own pipes use them (utils/pipe.go), less what they do
// for many sources: one template system, one message of each kind, used again.
type goflow2 struct {
	templates netflow.NetFlowTemplateSystem
	producer  producer.ProducerInterface
	args      producer.ProduceArgs

	payload bytes.Buffer
	v5      netflowlegacy.PacketNetFlowV5
	v9      netflow.NFv9Packet
	ipfix   netflow.IPFIXPacket
	sflow   sflow.Packet
}

func newGoflow2() *goflow2 {
	config, err := (&protoproducer.ProducerConfig{}).Compile()
	if err != nil {
		panic("BUG: goflow2's producer without settings: " + err.Error())
	}
	p, err := protoproducer.CreateProtoProducer(config, protoproducer.CreateSamplingSystem)
	if err != nil {
		panic("BUG: goflow2's producer: " + err.Error())
	}
	from := netip.MustParseAddrPort("192.0.2.1:40001")
	return &goflow2{
		templates: netflow.CreateTemplateSystem(), producer: p,
		args: producer.ProduceArgs{Src: from, SamplerAddress: from.Addr(), TimeReceived: time.Now()},
	}
}

// decode decodes a datagram. The message is valid until the next call.
func (g *goflow2) decode(b []byte) (message any, err error) {
	g.payload = *bytes.NewBuffer(b)
	switch protocol(b) {
	case decode.NetFlow5:
		return &g.v5, netflowlegacy.DecodeMessageVersion(&g.payload, &g.v5)
	case decode.NetFlow9:
		return &g.v9, netflow.DecodeMessageVersion(&g.payload, g.templates, &g.v9, &g.ipfix)
	case decode.IPFIX:
		return &g.ipfix, netflow.DecodeMessageVersion(&g.payload, g.templates, &g.v9, &g.ipfix)
	case decode.SFlow5:
		return &g.sflow, sflow.DecodeMessageVersion(&g.payload, &g.sflow)
	}
	return nil, fmt.Errorf("no protocol of goflow2's: % x", b[:min(4, len(b))])
}

// protocol tells by a datagram's first octets, as goflow2's AutoFlowPipe does.
func protocol(b []byte) decode.Protocol {
	switch {
	case len(b) < 4:
		return 0
	case b[0] == 0 && b[1] == 5:
		return decode.NetFlow5
	case b[0] == 0 && b[1] == 9:
		return decode.NetFlow9
	case b[0] == 0 && b[1] == 10:
		return decode.IPFIX
	case b[0]|b[1]|b[2] == 0 && b[3] == 5:
		return decode.SFlow5
	}
	return 0
}

// decodePass decodes every datagram.
func (g *goflow2) decodePass(s *stream) error {
	for i := range s.datagrams {
		if _, err := g.decode(s.datagrams[i].Payload); err != nil {
			return fmt.Errorf("goflow2: datagram %d: %w", i, err)
		}
	}
	return nil
}

// producePass decodes every datagram, makes goflow2's flow messages of them, and gives them back to
// its pool; it returns how many there were.
func (g *goflow2) producePass(s *stream) (messages int, err error) {
	for i := range s.datagrams {
		message, err := g.decode(s.datagrams[i].Payload)
		if err != nil {
			return messages, fmt.Errorf("goflow2: datagram %d: %w", i, err)
		}
		set, err := g.producer.Produce(message, &g.args)
		if err != nil {
			return messages, fmt.Errorf("goflow2's producer: datagram %d: %w", i, err)
		}
		messages += len(set)
		g.producer.Commit(set)
	}
	return messages, nil
}
