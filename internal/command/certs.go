package command

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/fakedockerd/fakedockerd/certgen"
)

// layouts are the values of certs --layout, except context:NAME; caKey is where --ca-key puts the CA's key.
var layouts = []struct {
	name, caKey string
	layout      func() certgen.Layout
}{
	{"daemon", "ca-key.pem", certgen.LayoutDaemon},
	{"client", "ca-key.pem", certgen.LayoutClient},
	{"dind", "ca/key.pem", certgen.LayoutDind},
	{"public-private", "ca-private.pem", certgen.LayoutPublicPrivate},
}

func parseLayout(name string, caKey bool) (certgen.Layout, error) {
	if context, ok := strings.CutPrefix(name, "context:"); ok && context != "" {
		l := certgen.LayoutContext(context)
		if caKey {
			l.CAKey = "ca-key.pem"
		}
		return l, nil
	}
	var names []string
	for _, known := range layouts {
		if known.name == name {
			l := known.layout()
			if caKey {
				l.CAKey = known.caKey
			}
			return l, nil
		}
		names = append(names, known.name)
	}
	return certgen.Layout{}, fmt.Errorf("--layout: %q is none of %q and context:NAME", name, names)
}

func (p *program) newCertsCommand() *cobra.Command {
	var (
		o                      certgen.Options
		key, server, client    string
		layout, seed           string
		documented, writeCAKey bool
		listFlaws, force       bool
	)
	cmd := &cobra.Command{
		Use:   "certs [OPTIONS] DIR",
		Short: "Make a CA and the certificates of a daemon and its client",
		Long: `Make a CA and the certificates of a daemon and its client in DIR, which is made when it
is missing, and print the paths of the files. Files of an earlier run are replaced. Files
that fakedockerd has not made are kept: certs makes nothing then, unless --force is given.`,
		Example: `  fakedockerd certs --host docker.example.test --host 127.0.0.1 certs
  dockerd --tlsverify --tlscacert=certs/ca.pem --tlscert=certs/server-cert.pem --tlskey=certs/server-key.pem -H=127.0.0.1:2376
  docker --tlsverify --tlscacert=certs/ca.pem --tlscert=certs/cert.pem --tlskey=certs/key.pem -H=127.0.0.1:2376 version`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 && !listFlaws {
				return fmt.Errorf("certs needs one folder to write to, got %q\nSee '%s --help'.", args, cmd.CommandPath())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if listFlaws {
				return writeFlaws(p.stdout)
			}
			o.Key = certgen.KeyType(key)
			o.ServerFlaw, o.ClientFlaw = certgen.Flaw(server), certgen.Flaw(client)
			if documented {
				o.Shape = certgen.ShapeDocumented
			}
			if seed != "" {
				o.Seed = []byte(seed)
			}
			l, err := parseLayout(layout, writeCAKey)
			if err != nil {
				return err
			}
			if !force {
				if err := checkForeign(args[0], l); err != nil {
					return err
				}
			}
			b, err := certgen.New(&o)
			if err != nil {
				return certsError(err)
			}
			if err := b.Write(args[0], l); err != nil {
				return certsError(err)
			}
			for _, name := range []string{l.CA, l.CAKey, l.ServerCA, l.ServerCert, l.ServerKey, l.ClientCA, l.ClientCert, l.ClientKey} {
				if name != "" {
					fmt.Fprintln(p.stdout, filepath.Join(args[0], filepath.FromSlash(name)))
				}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.Hosts, "host", nil, "`NAME` or IP address of the daemon; may be repeated; takes the place of the default (localhost, 127.0.0.1, ::1)")
	flags.StringVar(&key, "key-type", string(certgen.P256), "Type of every key (p256, p384, rsa2048, rsa4096, ed25519)")
	flags.DurationVar(&o.Validity, "validity", 0, "How long the certificates are valid (default 24h, with --documented 365 days)")
	flags.BoolVar(&documented, "documented", false, "Give the certificates the shape that the openssl commands of Docker's documentation give")
	flags.BoolVar(&writeCAKey, "ca-key", false, "Write the CA's private key, too")
	flags.StringVar(&seed, "seed", "", "Derive keys, serials and names from this `TEXT`, so that they are the same each time; for tests only")
	flags.StringVar(&server, "server-flaw", "", "`NAME` of what is wrong with the daemon's certificate; --flaws lists them")
	flags.StringVar(&client, "client-flaw", "", "`NAME` of what is wrong with the client's certificate; --flaws lists them")
	flags.BoolVar(&listFlaws, "flaws", false, "List the flaws and write nothing")
	flags.BoolVar(&force, "force", false, "Replace files that fakedockerd has not made, too")
	flags.StringVar(&layout, "layout", layouts[0].name, "Files to write: daemon (all, as documented), client (as in ~/.docker), dind (as in /certs), public-private, context:NAME (below a docker configuration folder)")
	return cmd
}

// checkForeign refuses a folder in which somebody's own files would be lost.
func checkForeign(dir string, l certgen.Layout) error {
	foreign, err := l.Foreign(dir)
	if err != nil || len(foreign) == 0 {
		return err
	}
	for i, name := range foreign {
		foreign[i] = filepath.Join(dir, filepath.FromSlash(name))
	}
	return fmt.Errorf("certs: not made by fakedockerd, and lost if they were replaced: %s\nName another folder, or say --force to replace them.", strings.Join(foreign, ", "))
}

// writeFlaws lists the flaws, the sides that can have them, and what is wrong.
func writeFlaws(w io.Writer) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range certgen.Flaws() {
		side := "both"
		if !f.Client {
			side = "server"
		} else if !f.Server {
			side = "client"
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\n", f.Flaw, side, f.Doc)
	}
	return tw.Flush()
}

// certsError names the flag of an option that cannot be used.
func certsError(err error) error {
	flag := map[string]string{"Hosts": "host", "Key": "key-type", "ServerFlaw": "server-flaw", "ClientFlaw": "client-flaw", "Validity": "validity", "Seed": "seed"}
	if o := new(certgen.OptionError); errors.As(err, &o) && flag[o.Option] != "" {
		if strings.HasSuffix(o.Option, "Flaw") {
			return fmt.Errorf("--%s: %q is no flaw that this side can have\nSee 'fakedockerd certs --flaws'.", flag[o.Option], o.Value)
		}
		return fmt.Errorf("--%s: %q %s", flag[o.Option], o.Value, o.Reason)
	}
	return err
}
