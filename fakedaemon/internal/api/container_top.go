package api

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/docker/docker/api/types/container"

	"github.com/fakedockerd/fakedockerd/fakedaemon/internal/state"
)

// psEquals finds a column of ps that is given another title (daemon/top_unix.go).
var psEquals = regexp.MustCompile(`\s+([^\s]*)=\s*(PID[^\s]*)`)

func (s *server) containerTop(w http.ResponseWriter, r *request) error {
	if err := r.parseForm(); err != nil {
		return err
	}
	psArgs := r.Form.Get("ps_args")
	for _, group := range psEquals.FindAllStringSubmatch(psArgs, -1) {
		if group[1] != "pid" {
			return fmt.Errorf(`specifying "%s=%s" is not allowed`, group[1], group[2])
		}
	}
	c, err := s.State.Container(r.vars["id"])
	switch {
	case err != nil:
		return err
	case !c.State.Running:
		return state.Conflict{Message: fmt.Sprintf("container %s is not running", c.ID)}
	case c.State.Restarting:
		return state.Conflict{Message: fmt.Sprintf("Container %s is restarting, wait until the container is running", c.ID)}
	}
	columns, err := psColumns(psArgs)
	if err != nil {
		return fmt.Errorf("ps: %w", err)
	}
	resp := container.TopResponse{Titles: make([]string, len(columns))}
	pid := false
	for i, column := range columns {
		resp.Titles[i] = psTitles[column]
		pid = pid || column == "pid"
	}
	if !pid {
		return errors.New("Couldn't find PID field in ps output")
	}
	processes, err := s.processes(&c)
	if err != nil {
		return err
	}
	for _, p := range processes {
		row := make([]string, len(columns))
		for i, column := range columns {
			row[i] = p.value(column, s.Clock())
		}
		resp.Processes = append(resp.Processes, row)
	}
	s.State.EmitContainer(c.ID, "top", nil)
	return s.write(w, r, resp)
}

// psTitles are the columns that ps is known to have, by their names.
var psTitles = map[string]string{
	"pid": "PID", "ppid": "PPID", "pgid": "PGID", "user": "USER", "uid": "UID", "euser": "EUSER", "group": "GROUP", "c": "C",
	"stime": "STIME", "start": "START", "tty": "TTY", "tt": "TT", "time": "TIME", "cmd": "CMD", "args": "COMMAND",
	"command": "COMMAND", "comm": "COMMAND", "ucmd": "CMD", "%cpu": "%CPU", "pcpu": "%CPU", "%mem": "%MEM", "pmem": "%MEM",
	"vsz": "VSZ", "rss": "RSS", "stat": "STAT", "s": "S", "state": "S", "ni": "NI", "pri": "PRI", "etime": "ELAPSED",
	"bsdtime": "TIME", "bsdstart": "START", "ruid": "UID",
}

// The columns of ps -ef, ps aux, ps -e and ps ax.
var (
	psFull  = []string{"ruid", "pid", "ppid", "c", "stime", "tty", "time", "cmd"}
	psUser  = []string{"user", "pid", "%cpu", "%mem", "vsz", "rss", "tty", "stat", "bsdstart", "bsdtime", "command"}
	psPlain = []string{"pid", "tty", "time", "ucmd"}
	psBSD   = []string{"pid", "tty", "stat", "bsdtime", "command"}
)

// psColumns gives the columns that ps would print with these arguments. Its errors are those of ps.
func psColumns(psArgs string) ([]string, error) {
	columns := psBSD
	if psArgs == "" {
		psArgs = "-ef"
	}
	args := strings.Fields(psArgs)
	for i, arg := range args {
		letters, dash := strings.CutPrefix(arg, "-")
		known, problem := "aAcdefgHjkLlmorstuvwxhnSTUX", "error: unsupported option (BSD syntax)"
		if dash {
			columns, known, problem = psPlain, "aAdefFHjlLmMNoTwy", "error: unsupported SysV option"
		}
		for n, letter := range letters {
			switch {
			case !strings.ContainsRune(known, letter):
				return nil, errors.New(problem)
			case letter == 'o':
				list := letters[n+1:]
				if list == "" {
					list = strings.Join(args[i+1:], ",")
				}
				return psFormat(list)
			case letter == 'f' && dash:
				columns = psFull
			case letter == 'u' && !dash:
				columns = psUser
			}
		}
	}
	return columns, nil
}

// psFormat reads the columns behind -o.
func psFormat(list string) ([]string, error) {
	var columns []string
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		name, _, _ = strings.Cut(name, "=")
		if psTitles[name] == "" {
			return nil, fmt.Errorf("error: unknown user-defined format specifier %q", name)
		}
		columns = append(columns, name)
	}
	if columns == nil {
		return nil, errors.New("error: list of arguments to -o must follow it") // as ps says: a format is missing
	}
	return columns, nil
}

// shownProcess is a process as ps shows it.
type shownProcess struct {
	pid, parent int
	user        string
	args        []string
	tty         bool
	started     time.Time
}

// processes are those of a container that runs: its own, the execs' and what these have started.
func (s *server) processes(c *state.Container) ([]shownProcess, error) {
	all, err := s.State.ContainerProcesses(c.ID)
	if err != nil {
		return nil, err
	}
	const shim = 28 // how far away the process is that has started all others
	var list []shownProcess
	for _, p := range all {
		user := "root"
		if name, _, _ := strings.Cut(c.Config.User, ":"); p.User.UID != 0 && p.User == all[0].User && name != "" {
			user = name
		} else if p.User.UID != 0 {
			user = strconv.Itoa(p.User.UID)
		}
		if p.Parent == 0 {
			p.Parent = c.State.Pid - shim
		}
		list = append(list, shownProcess{p.Pid, p.Parent, user, p.Args, p.TTY, p.Started})
	}
	return list, nil
}

// value is what ps prints in a column: of a process that hardly does anything.
func (p shownProcess) value(column string, now time.Time) string {
	switch column {
	case "pid", "pgid":
		return strconv.Itoa(p.pid)
	case "ppid":
		return strconv.Itoa(p.parent)
	case "user", "ruid", "euser", "group":
		return p.user
	case "uid":
		if p.user == "root" {
			return "0"
		}
		return p.user
	case "stime", "start", "bsdstart":
		if now.Sub(p.started) > 24*time.Hour {
			return p.started.Format("Jan02")
		}
		return p.started.Format("15:04")
	case "tty", "tt":
		if p.tty {
			return "pts/0"
		}
		return "?"
	case "time":
		return "00:00:00"
	case "bsdtime":
		return "0:00"
	case "etime":
		return fmt.Sprintf("%02d:%02d", int(now.Sub(p.started).Minutes()), int(now.Sub(p.started).Seconds())%60)
	case "comm", "ucmd":
		return p.args[0][strings.LastIndexByte(p.args[0], '/')+1:]
	case "cmd", "args", "command":
		return strings.Join(p.args, " ")
	case "%cpu", "pcpu", "%mem", "pmem":
		return "0.0"
	case "vsz":
		return "2268"
	case "rss":
		return "1584"
	case "stat":
		return "Ss"
	case "s", "state":
		return "S"
	case "pri":
		return "19"
	}
	return "0"
}
