import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';

/** The certificate that a TLS server shows. Nothing is sent to it, and nothing that it says is trusted. */
export type ReadServerCertificate = (
  host: string,
  port: number,
  options: { timeoutMs: number; signal?: AbortSignal },
) => Promise<X509Certificate>;

/** See {@link ReadServerCertificate}. Fails when there is no TLS server, or none that answers in time. */
export const readServerCertificate: ReadServerCertificate = async (
  host,
  port,
  { timeoutMs, signal },
) =>
  new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      // An expired one is what is looked for; whoever asks checks who signed it.
      rejectUnauthorized: false,
      ...(isIP(host) === 0 && { servername: host }),
    });
    const timer = setTimeout(
      () => fail(new Error(`no answer in ${timeoutMs} ms`)),
      timeoutMs,
    );
    function end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
    }
    function fail(error: Error) {
      end();
      reject(error);
    }
    function onAbort() {
      fail(signal!.reason);
    }
    signal?.addEventListener('abort', onAbort);
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate();
      end();
      if (certificate) resolve(certificate);
      else reject(new Error('the server shows no certificate'));
    });
    socket.on('error', fail);
    if (signal?.aborted) onAbort();
  });
