import { z } from 'zod';
import { VigieError } from '../domain/errors.js';
import { backtest, backtestSettingsSchema, type BacktestSettings } from '../gateway/alerts/backtest.js';
import { readText } from './files.js';
import { loadRules } from './gateway-role.js';

const readSettings = (file: string): BacktestSettings => {
  let json: unknown;
  try {
    json = JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof VigieError) throw error;
    throw new VigieError('backtest.settings', `${file}: expected JSON`, { cause: error });
  }
  const result = backtestSettingsSchema.safeParse(json);
  if (!result.success) throw new VigieError('backtest.settings', `${file}: ${z.prettifyError(result.error)}`);
  return result.data;
};

/** `vigie backtest`: one JSON line for each alert that recorded readings would have given. */
export const backtestFile = async (file: string, { settings }: { settings?: string }): Promise<void> => {
  const alerts = backtest(await loadRules(), readText(file).split('\n'), settings ? readSettings(settings) : undefined);
  for (const alert of alerts) console.log(JSON.stringify(alert));
};
