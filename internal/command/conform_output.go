package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o644)
		if err != nil {
			return fmt.Errorf("--output: %w", err)
		}
		if err := file.Close(); err != nil {
			return fmt.Errorf("--output: %w", err)
		}
	}
	return nil
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
