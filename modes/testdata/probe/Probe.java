import java.io.*;
import java.net.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;
import javax.net.ssl.*;

/** Dials as its arguments say, four for each connection: HOST:PORT CA CERT KEY, "-" for no certificate. It sends nothing and prints the error. */
public class Probe {
    /** A socket to which one may write when the other side has closed it already: what that said before can still be read. */
    static class Patient extends Socket {
        Patient(String host, int port) throws IOException { super(host, port); }

        @Override public OutputStream getOutputStream() throws IOException {
            return new FilterOutputStream(super.getOutputStream()) {
                @Override public void write(byte[] b, int off, int len) {
                    try {
                        out.write(b, off, len);
                    } catch (IOException e) {
                        // The reader sees it.
                    }
                }
            };
        }
    }

    static PrivateKey key(String file) throws Exception {
        String pem = Files.readString(Path.of(file)).replaceAll("-----.*-----", "");
        return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem)));
    }

    static void dial(String address, String ca, String cert, String key) throws Exception {
        CertificateFactory x509 = CertificateFactory.getInstance("X.509");
        KeyStore own = KeyStore.getInstance("PKCS12"), trusted = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        trusted.load(null, null);
        if (!cert.equals("-")) {
            own.setKeyEntry("own", key(key), new char[0], x509.generateCertificates(new FileInputStream(cert)).toArray(new Certificate[0]));
        }
        if (!ca.equals("-")) {
            trusted.setCertificateEntry("ca", x509.generateCertificate(new FileInputStream(ca)));
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(own, new char[0]);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        int colon = address.lastIndexOf(':');
        String host = address.substring(0, colon);
        int port = Integer.parseInt(address.substring(colon + 1));
        try (SSLSocket s = (SSLSocket) context.getSocketFactory().createSocket(new Patient(host, port), host, port, true)) {
            SSLParameters p = s.getSSLParameters();
            p.setEndpointIdentificationAlgorithm("HTTPS");
            s.setSSLParameters(p);
            s.setSoTimeout(20000);
            s.startHandshake();
            s.getInputStream().read();
        }
    }

    public static void main(String[] args) {
        for (int i = 0; i + 3 < args.length; i += 4) {
            try {
                dial(args[i], args[i + 1], args[i + 2], args[i + 3]);
            } catch (Exception e) {
                e.printStackTrace(System.out);
            }
            System.out.println("--");
        }
    }
}
