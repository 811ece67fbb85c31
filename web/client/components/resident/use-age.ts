import { DAY, type EpochMillis } from '../../../../domain/time.js';
import { useFormats, useLive } from '../../state/desk.js';

export interface Age {
  readonly text: string;
  /** Beyond a day the age is a date. */
  readonly isDate: boolean;
}

/** The age of something, drawn again only when its words change. */
export const useAge = (site: string, at: EpochMillis | null): Age => {
  const formats = useFormats(site);
  const text = useLive((state) => (at === null ? '' : formats.age(at, state.clockAt + state.offset)));
  const isDate = useLive((state) => at !== null && state.clockAt + state.offset - at >= DAY);
  return { text, isDate };
};
