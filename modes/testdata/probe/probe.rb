# Dials as its arguments say, four for each connection: HOST:PORT CA CERT KEY, "-" for no certificate. It sends nothing and prints the error.
require "openssl"
require "socket"

ARGV.each_slice(4) do |address, ca, cert, key|
  begin
    host, port = address.split(":")
    context = OpenSSL::SSL::SSLContext.new
    context.set_params(ca_file: ca, verify_mode: OpenSSL::SSL::VERIFY_PEER)
    if cert != "-"
      context.cert = OpenSSL::X509::Certificate.new(File.read(cert))
      context.key = OpenSSL::PKey.read(File.read(key), "")
    end
    s = OpenSSL::SSL::SSLSocket.new(TCPSocket.new(host, port), context)
    s.hostname = host unless host =~ /\A[0-9.]+\z/
    s.connect
    s.post_connection_check(host)
    s.sysread(1)
  rescue StandardError => e
    puts e.full_message(highlight: false)
  end
  puts "--"
end
