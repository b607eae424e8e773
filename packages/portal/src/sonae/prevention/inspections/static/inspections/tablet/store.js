// What lies on the device: one IndexedDB for each account, sealed (vault.js), with its days counted.
//
//   keys     the sealing key, and the id of this device
//   visits   a pack for each visit: {id, fetched_at, sealed}
//   entries  what the server has not settled: {id, visit, item, kind, state, order, made_at, sealed, hasFile}
//   files    the bytes of photos, {id, sealed}: apart, so that a key stroke reads none of them
//   notes    when the server last answered, since when it does not
//
// The clock of a device may be wrong: what the portal has not got is never taken away by counting days.
//
// localStorage holds no content: under `sonae.kept.<account>` it says which database belongs to which account and how
// much is unsent, so that signing out on any page of the portal (web/device.js) can warn and wipe.

import { unsent } from "./queue.js";
import { newKey, open, openBytes, seal, sealBytes } from "./vault.js";

const VERSION = 2;
const DAY_MS = 86_400_000;

/** The store of one account; `onWiped` is called when another page wipes the device. */
export async function openStore(account, { onWiped }) {
  const name = `sonae-tablet-${account}`;
  const database = await connected(name);
  const store = new Store(account, name, database, await sealingKey(database));
  database.onversionchange = () => {
    store.isWiped = true;
    database.close();
    onWiped();
  };
  return store;
}

class Store {
  constructor(account, name, database, key) {
    Object.assign(this, { account, name, database, key, isWiped: false });
    this.channel = new BroadcastChannel(name);
  }

  /** Runs `work` while no other page or tab of this account changes the queue. */
  exclusive(work) {
    return navigator.locks.request(this.name, work);
  }

  /** Ends quietly what was still going on when the device was wiped; every other failure stays one. */
  unlessWiped(work) {
    return work.catch((problem) => {
      if (!this.isWiped) throw problem;
    });
  }

  async device() {
    const found = await asked(this.database, "keys", (keys) => keys.get("device"));
    return found.value;
  }

  async visits() {
    const rows = await asked(this.database, "visits", (visits) => visits.getAll());
    return Promise.all(rows.map(async (row) => ({ fetched_at: row.fetched_at, pack: await open(this.key, row.sealed) })));
  }

  /** The visits with a pack or with something unsent. */
  async visitIds() {
    const packs = await asked(this.database, "visits", (visits) => visits.getAllKeys());
    const rows = await asked(this.database, "entries", (entries) => entries.getAll());
    return [...new Set([...packs, ...rows.map((row) => row.visit)])];
  }

  async visit(id) {
    const row = await asked(this.database, "visits", (visits) => visits.get(id));
    return row ? { fetched_at: row.fetched_at, pack: await open(this.key, row.sealed) } : null;
  }

  async keepPack(pack, fetchedAt) {
    const sealed = await seal(this.key, pack);
    await written(this.database, "visits", (visits) =>
      visits.put({ id: pack.visit.id, fetched_at: fetchedAt, sealed }));
    this.tell();
  }

  /** The entries of a visit in their order; photos without their bytes. */
  async entries(visit) {
    const rows = await asked(this.database, "entries", (entries) => entries.index("visit").getAll(visit));
    const opened = await Promise.all(rows.map(async ({ sealed, ...row }) => ({
      ...row, content: await open(this.key, sealed),
    })));
    return opened.sort((one, other) => one.order - other.order);
  }

  /** How much of a visit the portal has not got; nothing is opened for it. */
  async unsentOf(visit) {
    return unsent(await asked(this.database, "entries", (entries) => entries.index("visit").getAll(visit)));
  }

  /** Writes entries and removes others in one transaction; `bytes` are those of the new photo among them. */
  async change({ keep = [], drop = [], bytes = null }) {
    const sealed = await Promise.all(keep.map((one) => seal(this.key, one.content)));
    const file = bytes && (await sealBytes(this.key, bytes));
    await written(this.database, ["entries", "files"], (entries, files) => {
      keep.forEach(({ content, ...row }, place) => {
        entries.put({ ...row, hasFile: Boolean(row.hasFile), sealed: sealed[place] });
        if (file && row.hasFile) files.put({ id: row.id, sealed: file });
      });
      drop.forEach((id) => [entries, files].forEach((one) => one.delete(id)));
    });
    await this.note();
  }

  async sealedFile(id) {
    return (await asked(this.database, "files", (files) => files.get(id)))?.sealed ?? null;
  }

  /** The bytes of a photo, or null where they are gone. */
  async file(id) {
    const sealed = await this.sealedFile(id);
    return sealed && openBytes(this.key, sealed);
  }

  async wipeVisit(id) {
    const rows = await asked(this.database, "entries", (entries) => entries.index("visit").getAllKeys(id));
    await written(this.database, ["entries", "files"], (...both) =>
      rows.forEach((one) => both.forEach((store) => store.delete(one))));
    await this.wipePack(id);
    await this.note();
  }

  async wipePack(id) {
    await written(this.database, "visits", (visits) => visits.delete(id));
    this.tell();
  }

  async contact() {
    const found = await asked(this.database, "notes", (notes) => notes.get("contact"));
    return found ?? { id: "contact", last_at: null, offline_since: null };
  }

  async noteContact(facts) {
    await written(this.database, "notes", (notes) => notes.put({ id: "contact", ...facts }));
    this.tell();
  }

  /**
   * Takes away packs that lay here longer than `packDays`; answers how many.
   *
   * A pack whose day is still to come was fetched under another clock: it stays until the portal is asked again.
   */
  async sweep({ now, packDays }) {
    const visits = await asked(this.database, "visits", (all) => all.getAll());
    const old = visits.filter((row) => now - Date.parse(row.fetched_at) > packDays * DAY_MS);
    if (old.length) await written(this.database, "visits", (all) => old.forEach((row) => all.delete(row.id)));
    await this.note();
    return old.length;
  }

  /** How many entries of a visit wait longer than `unsentDays` by this device's clock: a person decides on them. */
  async overdue(visit, { now, unsentDays }) {
    const rows = await asked(this.database, "entries", (entries) => entries.index("visit").getAll(visit));
    return unsent(rows.filter((row) => now - Date.parse(row.made_at) > unsentDays * DAY_MS));
  }

  /** Says in localStorage how much is unsent, and to other tabs that something changed. */
  async note() {
    const rows = await asked(this.database, "entries", (entries) => entries.getAll());
    if (this.isWiped) return;
    const kept = { database: this.name, unsent: unsent(rows), at: Date.now() };
    localStorage.setItem(keptName(this.account), JSON.stringify(kept));
    this.tell();
  }

  tell() {
    this.channel.postMessage("changed");
  }
}

const keptName = (account) => `sonae.kept.${account}`;

/**
 * Removes databases of accounts that nobody opened for so many days; their owners did not sign out here.
 * Where something is unsent only the packs go: whoever recorded it finds it again.
 */
export async function sweepStrangers(account, { now, unsentDays }) {
  for (const name of Object.keys(localStorage).filter((one) => one.startsWith("sonae.kept."))) {
    const kept = JSON.parse(localStorage.getItem(name));
    if (name === keptName(account) || now - kept.at < unsentDays * DAY_MS) continue;
    if (kept.unsent) await withoutPacks(kept.database);
    else {
      indexedDB.deleteDatabase(kept.database);
      localStorage.removeItem(name);
    }
  }
}

async function withoutPacks(name) {
  const database = await connected(name);
  await written(database, "visits", (visits) => visits.clear());
  database.close();
}

function connected(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = ({ oldVersion }) => {
      const database = request.result;
      database.createObjectStore("files", { keyPath: "id" });
      if (oldVersion === 1) return filesApart(request.transaction);
      for (const store of ["keys", "visits", "notes"]) database.createObjectStore(store, { keyPath: "id" });
      database.createObjectStore("entries", { keyPath: "id" }).createIndex("visit", "visit");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Takes the bytes of photos out of their entries, where the first shape of the store had them. */
function filesApart(transaction) {
  transaction.objectStore("entries").openCursor().onsuccess = ({ target: { result: cursor } }) => {
    if (!cursor) return;
    const { file, ...row } = cursor.value;
    if (file) transaction.objectStore("files").put({ id: row.id, sealed: file });
    cursor.update({ ...row, hasFile: Boolean(file) });
    cursor.continue();
  };
}

async function sealingKey(database) {
  // Made outside of the transaction, which would end while it waits; `add` fails where another tab was faster.
  if (!(await asked(database, "keys", (keys) => keys.get("seal")))) {
    const rows = [{ id: "seal", value: await newKey() }, { id: "device", value: crypto.randomUUID() }];
    await written(database, "keys", (keys) => rows.forEach((row) => keys.add(row))).catch(() => null);
  }
  return (await asked(database, "keys", (keys) => keys.get("seal"))).value;
}

function asked(database, store, question) {
  return new Promise((resolve, reject) => {
    const request = question(database.transaction(store).objectStore(store));
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Resolves once the disk has it ("strict"): a flat battery loses nothing that was said to be saved. */
function written(database, stores, change) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(stores, "readwrite", { durability: "strict" });
    change(...[stores].flat().map((name) => transaction.objectStore(name)));
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}
