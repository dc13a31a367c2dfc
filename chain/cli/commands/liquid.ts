/** `artel liquid`: the companion of the Liquid Economy, off chain. */
import { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { demoCommand } from './liquid-demo.ts';
import { exportCommand, importCommand } from './liquid-files.ts';
import { keysCommand, showCommand } from './liquid-keys.ts';
import { serveCommand, syncCommand } from './liquid-meet.ts';
import { receiptsCommand } from './liquid-receipts.ts';
import {
  filterCommand,
  findCommand,
  markCommand,
  purgeCommand,
  rootsCommand,
  sourcesCommand,
  statsCommand,
  tellCommand,
  verifyCommand,
  withholdCommand,
} from './liquid-registry.ts';
import { passCommand, relayCommand } from './liquid-relay.ts';

export function liquidCommand(context: CliContext): Command {
  const liquid = new Command('liquid').description(
    'keep a registry of useful people, and sync it with those you meet',
  );
  for (const make of [
    keysCommand,
    showCommand,
    findCommand,
    markCommand,
    serveCommand,
    syncCommand,
    importCommand,
    exportCommand,
    rootsCommand,
    statsCommand,
    filterCommand,
    purgeCommand,
    sourcesCommand,
    withholdCommand,
    tellCommand,
    verifyCommand,
    receiptsCommand,
    relayCommand,
    passCommand,
    demoCommand,
  ]) {
    liquid.addCommand(make(context));
  }
  return liquid.addHelpText(
    'after',
    `
Two people meet:
  artel liquid serve --relay relay.example.org --open     one shows a QR
  artel liquid sync --qr-image photo.jpg --mark           the other scans it, marks them, syncs
Without a network:
  artel liquid export --file mine.liquid                  hand it over on a stick,
  artel liquid export --pages mine.html                   or print it as QR codes
More in docs/liquid.md.`,
  );
}
