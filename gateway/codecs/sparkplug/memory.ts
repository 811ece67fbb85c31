import { z } from 'zod';

/** What the births of an edge node said. */
export const nodeMemorySchema = z.object({
  /** Of the connection that is open; its will carries the same number. */
  bdSeq: z.number().optional(),
  /** When a rebirth was last asked for, epoch ms. */
  asked: z.number().optional(),
  /** Device ('' = the node) → alias → metric and unit; metrics that are not ours are left out. */
  births: z.record(z.string(), z.record(z.string(), z.tuple([z.string(), z.string()]))),
});
export type NodeMemory = z.infer<typeof nodeMemorySchema>;
