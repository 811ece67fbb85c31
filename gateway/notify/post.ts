import type { SendResult } from './notifier.js';

const GONE = [404, 410];

/**
 * One HTTP request, judged by its status: 2xx accepted; 404 and 410 gone (where `mayBeGone`); all else failed. The body
 * of the answer is not kept: it may quote what was sent.
 */
export const post = async (
  url: string | URL,
  request: { headers: Record<string, string>; body: string | Buffer; mayBeGone?: boolean; method?: string },
  signal: AbortSignal,
): Promise<SendResult> => {
  const { headers, mayBeGone = false, method = 'POST' } = request;
  const body = typeof request.body === 'string' ? request.body : new Uint8Array(request.body);
  const response = await fetch(url, { method, headers, body, signal, redirect: 'error' });
  await response.body?.cancel();
  if (response.ok) return { result: 'accepted', detail: `HTTP ${response.status}` };
  const gone = mayBeGone && GONE.includes(response.status);
  return { result: gone ? 'gone' : 'failed', detail: `HTTP ${response.status}` };
};
