import { z } from 'zod';

export const MAX_PAGE = 200;

/** `limit` and `cursor` of every list; a page is bounded so that no read holds the store for long. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
  cursor: z.string().min(1).max(500).optional(),
});

/** Leaves `cursor` out when there is none (`exactOptionalPropertyTypes`). */
export const pageOptions = ({ limit, cursor }: z.infer<typeof pageQuery>): { limit: number; cursor?: string } =>
  cursor === undefined ? { limit } : { limit, cursor };
