package rule

// goTLS is what a program of crypto/tls makes of the files that it is given.
func (s Setting) goTLS(m Machine) (Endpoint, error) {
	e := Endpoint{Host: s.Host, Mode: s.Mode, Family: ByName("go")}
	if s.Mode == Plain {
		return e, nil
	}
	ca, cert, key := s.files()
	e.Roots = m.roots(ca)
	return e, m.read(e.Family, ca, cert, key)
}
