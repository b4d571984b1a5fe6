// Command mutants puts small mistakes into a package, one at a time, and says which of them its tests do not notice:
//
//	go run . [-n 20] [-seed 1] [-only REGEXP] [-run REGEXP] [-with PACKAGE,...] ./fakedaemon/internal/transport ...
//
// A mistake is a changed condition, operator, number, text or order of events, or a statement that is left out. Of each package a
// sample is tried: by the package's tests, and if these notice nothing, by those of the packages in -with. The code itself is
// not touched: go test gets the changed file as an overlay. A mistake that only a time-out ends counts as not noticed.
// Mistakes that make no difference are in equal.txt, with the reason.
package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

//go:embed equal.txt
var equal string

var (
	count = flag.Int("n", 20, "mistakes to try in each package")
	seed  = flag.Uint64("seed", 1, "of the sample")
	only  = flag.String("only", "", "try every mistake whose line matches this `regexp`, and no sample")
	with  = flag.String("with", "", "`packages` that are asked when a package's own tests notice nothing, with commas between")
	run   = flag.String("run", "", "`regexp` of the tests to run")
)

func main() {
	flag.Parse()
	survived := 0
	for _, pkg := range flag.Args() {
		n, err := try(pkg)
		if err != nil {
			fmt.Fprintln(os.Stderr, "mutants:", err)
			os.Exit(2)
		}
		survived += n
	}
	if survived > 0 {
		os.Exit(1)
	}
}

// try tries a sample of a package's mistakes and returns how many were not noticed.
func try(pkg string) (survived int, err error) {
	all, err := mistakes(pkg)
	if err != nil {
		return 0, err
	}
	random := rand.New(rand.NewPCG(*seed, 0))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	limit := *count
	if *only != "" {
		pattern, err := regexp.Compile(*only)
		if err != nil {
			return 0, err
		}
		all = slices.DeleteFunc(all, func(m mistake) bool { return !pattern.MatchString(m.String()) })
		limit = len(all)
	}
	packages := append([]string{pkg}, strings.FieldsFunc(*with, func(r rune) bool { return r == ',' })...)
	timeouts := make([]time.Duration, len(packages))
	for i, p := range packages {
		begun := time.Now()
		if err := test(p, "", 10*time.Minute); err != nil {
			return 0, fmt.Errorf("%s fails without any mistake: %w", p, err)
		}
		timeouts[i] = 20*time.Second + 4*time.Since(begun)
	}
	noticed, same := 0, 0
	for _, m := range all {
		if noticed+survived+same == limit {
			break
		}
		if strings.Contains("\n"+equal, "\n"+m.key()+"\t") {
			same++
			continue
		}
		overlay, err := m.overlay()
		if err != nil {
			return survived, err
		}
		result := errUnnoticed
		for i, p := range packages {
			if result = judge(test(p, overlay, timeouts[i])); result != errUnnoticed {
				break
			}
		}
		os.RemoveAll(filepath.Dir(overlay))
		switch result {
		case nil:
			noticed++
		case errNoProgram:
		default:
			survived++
			fmt.Printf("%v: %s\n", result, m)
		}
	}
	fmt.Printf("%s: %d of %d noticed (%d of %d possible were tried, %d make no difference)\n",
		pkg, noticed, noticed+survived, noticed+survived, len(all), same)
	return survived, nil
}

var (
	errUnnoticed = errors.New("NOT NOTICED")
	errTimeout   = errors.New("TIME-OUT")
	errNoProgram = errors.New("does not build")
)

// judge says what a test's error means for a mistake: nil is that it was noticed.
func judge(err error) error {
	switch text := fmt.Sprint(err); {
	case err == nil:
		return errUnnoticed
	case strings.Contains(text, "[build failed]"), strings.Contains(text, "[setup failed]"):
		return errNoProgram
	case strings.Contains(text, "panic: test timed out"):
		return errTimeout
	}
	return nil
}

// test runs a package's tests. The error has their output.
func test(pkg, overlay string, timeout time.Duration) error {
	args := []string{"test", "-count=1", "-failfast", "-vet=off", "-run", *run, "-timeout", timeout.String()}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.Command("go", append(args, pkg)...)
	cmd.Dir = "../.."
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// overlay writes the changed file and the file for go test's -overlay.
func (m mistake) overlay() (string, error) {
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return "", err
	}
	changed := filepath.Join(dir, "changed.go")
	source := slices.Concat(m.source[:m.start], []byte(m.new), m.source[m.end:])
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {m.file: changed}})
	if err != nil {
		return "", err
	}
	overlay := filepath.Join(dir, "overlay.json")
	return overlay, cmp.Or(os.WriteFile(changed, source, 0o600), os.WriteFile(overlay, replace, 0o600))
}

// line is that of an offset in the source.
func (m mistake) line() int { return 1 + bytes.Count(m.source[:m.start], []byte("\n")) }

// key is a mistake without its line, which changes with every edit.
func (m mistake) key() string {
	one := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	return fmt.Sprintf("%s %s: %s => %s", m.pkg, m.function, one(string(m.source[m.start:m.end])), one(m.new))
}

func (m mistake) String() string {
	return fmt.Sprintf("%s:%d: %s", filepath.Base(m.file), m.line(), m.key())
}
