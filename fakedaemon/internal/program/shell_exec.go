package program

import (
	"slices"

	"mvdan.cc/sh/v3/syntax"
)

// statements runs commands one after the other; the last becomes the process itself if exit says that nothing follows it.
func (s *interpreter) statements(stmts []*syntax.Stmt, exit bool) {
	for i, stmt := range stmts {
		s.statement(stmt, exit && i == len(stmts)-1)
		if s.flow != goOn {
			return
		}
	}
}

func (s *interpreter) statement(stmt *syntax.Stmt, exit bool) {
	s.p.Check()
	s.handlers()
	if s.flow == goOn {
		s.do(stmt, exit)
	}
	if s.flow == goOn {
		s.handlers()
	}
}

func (s *interpreter) do(stmt *syntax.Stmt, exit bool) {
	s.current = s.line(stmt.Pos())
	switch {
	case stmt.Background:
		s.background(stmt)
		return
	case stmt.Negated:
		s.tested++
		same := *stmt
		same.Negated = false
		s.statement(&same, false)
		s.tested--
		if s.flow == goOn {
			s.status = int(truth(s.status == 0))
		}
		return
	}
	if call, ok := stmt.Cmd.(*syntax.CallExpr); ok {
		s.call(call, stmt.Redirs, exit)
	} else if decl, ok := stmt.Cmd.(*syntax.DeclClause); ok {
		s.command(s.declaration(decl), nil, stmt.Redirs, exit)
	} else if len(stmt.Redirs) > 0 {
		if !s.redirect(stmt.Redirs) {
			s.failed(s.d.redirFailure)
			return
		}
		if stmt.Cmd != nil {
			s.compound(stmt.Cmd, false)
		} else {
			s.status = 0
		}
		s.restore()
	} else {
		s.compound(stmt.Cmd, exit)
	}
}

// failed takes a status, with which errexit may end the shell.
func (s *interpreter) failed(status int) {
	s.status = status
	if status != 0 && s.opts['e'] && s.tested == 0 && s.flow == goOn {
		s.exit(status)
	}
}

func (s *interpreter) test(stmts []*syntax.Stmt) bool {
	s.tested++
	s.statements(stmts, false)
	s.tested--
	return s.status == 0
}

func (s *interpreter) compound(cmd syntax.Command, exit bool) {
	switch cmd := cmd.(type) {
	case *syntax.Block:
		s.statements(cmd.Stmts, exit)
	case *syntax.Subshell:
		if exit && len(s.traps) == 0 {
			s.statements(cmd.Stmts, true)
			return
		}
		pid := s.fork(func(sub *interpreter) { sub.statements(cmd.Stmts, true) })
		s.failed(s.await(pid))
	case *syntax.BinaryCmd:
		s.binary(cmd, exit)
	case *syntax.IfClause:
		s.conditional(cmd, exit)
	case *syntax.WhileClause:
		s.while(cmd)
	case *syntax.ForClause:
		s.forEach(cmd)
	case *syntax.CaseClause:
		s.choose(cmd, exit)
	case *syntax.FuncDecl:
		s.funcs[cmd.Name.Value] = cmd.Body
		s.status = 0
	case *syntax.ArithmCmd:
		s.failed(int(truth(s.arithm(s.arithText(cmd.X)) == 0)))
	case *syntax.LetClause:
		n := int64(0)
		for _, x := range cmd.Exprs {
			n = s.arithm(s.arithText(x))
		}
		s.failed(int(truth(n == 0)))
	case *syntax.TestClause:
		s.failed(int(truth(!s.extendedTest(cmd.X))))
	case *syntax.TimeClause:
		if cmd.Stmt != nil {
			s.statement(cmd.Stmt, false)
		}
		s.write(2, "\nreal\t0m0.000s\nuser\t0m0.000s\nsys\t0m0.000s\n")
	default:
		s.abort("", "syntax error: not supported")
	}
}

func (s *interpreter) binary(cmd *syntax.BinaryCmd, exit bool) {
	switch cmd.Op {
	case syntax.AndStmt, syntax.OrStmt:
		s.tested++
		s.statement(cmd.X, false)
		s.tested--
		if s.flow == goOn && (s.status == 0) == (cmd.Op == syntax.AndStmt) {
			s.statement(cmd.Y, exit)
		}
	default:
		s.pipeline(cmd)
	}
}

// pipeline runs each command of a pipeline in a subshell.
func (s *interpreter) pipeline(cmd *syntax.BinaryCmd) {
	s.failed(s.awaitAll(s.startPipeline(flatten(cmd))))
}

func flatten(cmd *syntax.BinaryCmd) []*syntax.Stmt {
	var stmts []*syntax.Stmt
	for {
		if cmd.Op == syntax.PipeAll {
			// |& takes the errors along.
			same := *cmd.X
			same.Redirs = append(slices.Clone(same.Redirs), &syntax.Redirect{Op: syntax.DplOut, N: &syntax.Lit{Value: "2"},
				Word: &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: "1"}}}})
			cmd.X = &same
		}
		stmts = append(stmts, cmd.Y)
		left, ok := cmd.X.Cmd.(*syntax.BinaryCmd)
		if !ok || left.Op != syntax.Pipe && left.Op != syntax.PipeAll || len(cmd.X.Redirs) > 0 || cmd.X.Negated {
			stmts = append(stmts, cmd.X)
			break
		}
		cmd = left
	}
	slices.Reverse(stmts)
	return stmts
}

func (s *interpreter) startPipeline(stmts []*syntax.Stmt) (pids []int) {
	in := -1
	for i, stmt := range stmts {
		r, w := -1, -1
		if i < len(stmts)-1 {
			var err error
			if r, w, err = s.p.Pipe(); err != nil {
				s.abort("", "can't create pipe: "+reason(err))
			}
		}
		from := in
		pids = append(pids, s.fork(func(sub *interpreter) {
			sub.move(from, 0)
			sub.move(w, 1)
			if r >= 0 {
				sub.p.Close(r)
			}
			sub.statement(stmt, true)
		}))
		for _, fd := range []int{in, w} {
			if fd >= 0 {
				s.p.Close(fd)
			}
		}
		in = r
	}
	return pids
}

// move makes a descriptor another one.
func (s *interpreter) move(from, to int) {
	if from >= 0 && from != to {
		s.p.Dup2(from, to)
		s.p.Close(from)
	}
}

func (s *interpreter) conditional(c *syntax.IfClause, exit bool) {
	for ; c != nil; c = c.Else {
		if len(c.Cond) == 0 || s.test(c.Cond) && s.flow == goOn {
			if s.flow == goOn {
				s.statements(c.Then, exit)
			}
			return
		}
		if s.flow != goOn {
			return
		}
	}
	s.status = 0
}

// leave reports whether a loop ends after a turn.
func (s *interpreter) leave() bool {
	switch s.flow {
	case goOn:
		return false
	case returnFunc:
		return true
	}
	if s.levels--; s.levels > 0 {
		return true
	}
	on := s.flow == continueLoop
	s.flow = goOn
	return !on
}

func (s *interpreter) while(c *syntax.WhileClause) {
	s.loops++
	defer func() { s.loops-- }()
	status := 0
	for {
		ok := s.test(c.Cond)
		if s.flow != goOn {
			if s.leave() {
				return
			}
			continue
		}
		if ok == c.Until {
			break
		}
		s.statements(c.Do, false)
		status = s.status
		if s.leave() {
			return
		}
	}
	s.status = status
}

func (s *interpreter) forEach(c *syntax.ForClause) {
	s.loops++
	defer func() { s.loops-- }()
	if loop, ok := c.Loop.(*syntax.CStyleLoop); ok {
		s.countingLoop(loop, c.Do)
		return
	}
	loop := c.Loop.(*syntax.WordIter)
	if !syntax.ValidName(loop.Name.Value) {
		s.errorf("syntax error: bad for loop variable")
		s.quit(2)
	}
	list := s.args
	if loop.InPos.IsValid() {
		list = s.fields(loop.Items)
	}
	s.status = 0
	for _, value := range list {
		s.set(loop.Name.Value, value)
		s.statements(c.Do, false)
		if s.leave() {
			return
		}
	}
}

func (s *interpreter) countingLoop(loop *syntax.CStyleLoop, do []*syntax.Stmt) {
	value := func(x syntax.ArithmExpr) int64 {
		if x == nil {
			return 1
		}
		return s.arithm(s.arithText(x))
	}
	s.status = 0
	for value(loop.Init); value(loop.Cond) != 0; value(loop.Post) {
		s.statements(do, false)
		if s.leave() {
			return
		}
	}
}

func (s *interpreter) choose(c *syntax.CaseClause, exit bool) {
	word := s.literal(c.Word)
	s.status = 0
	for i := 0; i < len(c.Items); i++ {
		for _, w := range c.Items[i].Patterns {
			if !matchPattern(s.pattern(w), word) {
				continue
			}
			s.statements(c.Items[i].Stmts, exit && c.Items[i].Op == syntax.Break)
			for ; c.Items[i].Op == syntax.Fallthrough && i+1 < len(c.Items) && s.flow == goOn; i++ {
				s.statements(c.Items[i+1].Stmts, false)
			}
			return
		}
	}
}
