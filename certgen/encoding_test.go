package certgen_test

import (
	"encoding/asn1"
	"encoding/binary"
	"encoding/pem"
	"math/big"
	"testing"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// A negative serial number whose first nine bits are all ones is no DER, and every program refuses it for that. One
// in 128 would be.
func TestNegativeSerialIsDER(t *testing.T) {
	t.Parallel()
	for i := range uint16(300) {
		o := &certgen.Options{ServerFlaw: certgen.NegativeSerial, ClientFlaw: certgen.NegativeSerial, Seed: binary.BigEndian.AppendUint16(nil, i)}
		b, err := certgen.New(o)
		if err != nil {
			t.Fatal(err)
		}
		for side, pair := range map[string]certgen.Pair{"server": b.Server(), "client": b.Client()} {
			block, _ := pem.Decode(pair.CertPEM)
			var cert struct {
				TBS struct {
					Version asn1.RawValue
					Serial  *big.Int
				}
			}
			if _, err := asn1.Unmarshal(block.Bytes, &cert); err != nil {
				t.Fatalf("seed %d, %s: %v", i, side, err)
			}
			if cert.TBS.Serial.Sign() >= 0 {
				t.Fatalf("seed %d, %s: serial %v is not negative", i, side, cert.TBS.Serial)
			}
		}
	}
}
