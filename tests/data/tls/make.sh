#!/bin/sh
# Makes ca.pem, and server.pem with its key, for 100 years. They guard nothing: only tests trust
# them, and only on loopback. Run in this directory.
set -eu
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 \
    -keyout ca.key -out ca.pem -subj "/CN=volcedit tests" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout server.key -out server.csr -subj "/CN=localhost"
cat > server.ext <<EXT
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
subjectAltName=DNS:localhost,DNS:pictures.test,DNS:xn--bcher-kva.test,IP:127.0.0.1
EXT
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 36500 \
    -extfile server.ext -out server.crt
cat server.crt server.key > server.pem
rm -f ca.key ca.srl server.key server.csr server.crt server.ext
