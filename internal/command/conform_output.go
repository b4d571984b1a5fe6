package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/fakedockerd/fakedockerd/modes/conform"
)

// conformFormats are the reports by the name of their format.
var conformFormats = map[string]func(*conform.Report, io.Writer) error{
	"text": (*conform.Report).WriteText, "markdown": (*conform.Report).WriteMarkdown, "json": (*conform.Report).WriteJSON,
	"junit": (*conform.Report).WriteJUnit, "html": (*conform.Report).WriteHTML,
}

// conformEndings are the formats by the ending of a file's name.
var conformEndings = map[string]string{
	".txt": "text", ".md": "markdown", ".json": "json", ".xml": "junit", ".html": "html",
}

// checkOutputs finds what would be found only after a long run: files that cannot be written.
func (f *conformFlags) checkOutputs() error {
	for _, name := range f.outputs {
		if conformEndings[filepath.Ext(name)] == "" {
			return fmt.Errorf("--output %s: the name ends in .txt, .md, .json, .xml (JUnit) or .html", name)
		}
		if err := checkOutput(name); err != nil {
			return fmt.Errorf("--output: %w", err)
		}
	}
	return nil
}

// checkOutput finds out whether a file can be written, and leaves none: a run that judges nothing has no report.
func checkOutput(name string) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err == nil {
		return file.Close()
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644); err != nil {
		return err
	}
	return errors.Join(file.Close(), os.Remove(name))
}

// writeOutputs writes the files, all that can be written.
func (f *conformFlags) writeOutputs(report *conform.Report) error {
	var all error
	for _, name := range f.outputs {
		var text bytes.Buffer
		err := conformFormats[conformEndings[filepath.Ext(name)]](report, &text)
		if err == nil {
			err = os.WriteFile(name, text.Bytes(), 0o644)
		}
		all = errors.Join(all, err)
	}
	return all
}
