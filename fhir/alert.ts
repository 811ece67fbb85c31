import type { CodeableConcept, Extension, Flag, Reference, Task } from 'fhir/r4.js';
import type { Alert, Category, Priority, Workflow } from '../domain/alert.js';
import { toIso } from '../domain/time.js';
import { roomReference, siteReference, type Directory, type MappingSettings, type Subject } from './context.js';
import { FLAG_CATEGORY, FLAG_PRIORITY, identifierOf, localCoding, r4Profile, sourceUri } from './systems.js';

/** IEEE 11073 / IHE alert priority letters (R4 flag-priority). */
const PRIORITY = { high: 'PH', medium: 'PM', low: 'PL' } as const satisfies Record<Priority, string>;
const URGENCY = { high: 'stat', medium: 'urgent', low: 'routine' } as const satisfies Record<
  Priority,
  Task['priority']
>;
/** R4 has no category for equipment; « admin » is the one that is not about care. */
const CATEGORY = {
  clinical: 'clinical',
  safety: 'safety',
  technical: 'admin',
  measure_due: 'clinical',
} as const satisfies Record<Category, string>;
const TASK_STATUS = {
  open: 'requested',
  claimed: 'in-progress',
  snoozed: 'on-hold',
  closed: 'completed',
} as const satisfies Record<Workflow, Task['status']>;

export interface AlertContext {
  readonly settings: MappingSettings;
  readonly directory: Directory;
  readonly refer: (subject: Subject) => Reference;
}

/** A Flag is about a person, a place or an establishment, never about a Device [FHIR R4 Flag.subject]. */
const subjectOf = (alert: Alert, { settings, directory, refer }: AlertContext): Reference => {
  if (alert.resident !== null) return refer({ kind: 'Patient', id: alert.resident });
  if (alert.room !== null) return roomReference(settings.sourceOid, alert.site, alert.room);
  return siteReference(settings.sourceOid, alert.site, directory.site(alert.site));
};

const codeOf = ({ rule, metric, message }: Alert, oid: string): CodeableConcept => ({
  coding: [localCoding(oid, 'rule', rule), ...(metric === null ? [] : [localCoding(oid, 'metric', metric)])],
  text: message.fr,
});

/** The Observations the alert rests on, by the ids of their readings. */
const evidenceOf = ({ evidence }: Alert, oid: string): Reference[] =>
  [...new Set(evidence.map(({ reading }) => reading))].map((id) => ({
    type: 'Observation',
    identifier: identifierOf(oid, 'reading', id),
  }));

const isOver = ({ condition, workflow }: Alert): boolean => condition === 'ended' || workflow === 'closed';

/** When the condition or, failing that, the work ended. */
const endOf = ({ endedAt, closedAt }: Alert): number | null => endedAt ?? closedAt;

/** The state of an alert on a person (standards §2.4). A false reading is `entered-in-error`, not just over. */
export const flagOf = (alert: Alert, context: AlertContext): Flag => {
  const { sourceOid } = context.settings;
  const end = endOf(alert);
  const detail = evidenceOf(alert, sourceOid).map((valueReference): Extension => ({
    url: r4Profile('flag-detail'),
    valueReference,
  }));
  return {
    resourceType: 'Flag',
    meta: { source: sourceUri(sourceOid) },
    extension: [
      {
        url: r4Profile('flag-priority'),
        valueCodeableConcept: { coding: [{ system: FLAG_PRIORITY, code: PRIORITY[alert.priority] }] },
      },
      ...detail,
    ],
    identifier: [identifierOf(sourceOid, 'alert', alert.id)],
    status: alert.outcome === 'false_reading' ? 'entered-in-error' : isOver(alert) ? 'inactive' : 'active',
    category: [{ coding: [{ system: FLAG_CATEGORY, code: CATEGORY[alert.category] }] }],
    code: codeOf(alert, sourceOid),
    subject: subjectOf(alert, context),
    period: { start: toIso(alert.startedAt), ...(end === null || !isOver(alert) ? {} : { end: toIso(end) }) },
  };
};

/** The work an alert asks for: who has it, how urgent, how it ended. Carers are pseudonyms here. */
export const taskOf = (alert: Alert, context: AlertContext): Task => {
  const { sourceOid } = context.settings;
  return {
    resourceType: 'Task',
    meta: { source: sourceUri(sourceOid) },
    identifier: [identifierOf(sourceOid, 'task', alert.id)],
    status: alert.outcome === 'false_reading' ? 'entered-in-error' : TASK_STATUS[alert.workflow],
    businessStatus: {
      coding: [localCoding(sourceOid, 'workflow', alert.workflow)],
      ...(alert.outcome === null ? {} : { text: alert.outcome }),
    },
    intent: 'order',
    priority: URGENCY[alert.priority],
    code: codeOf(alert, sourceOid),
    focus: { type: 'Flag', identifier: identifierOf(sourceOid, 'alert', alert.id) },
    for: subjectOf(alert, context),
    authoredOn: toIso(alert.startedAt),
    ...(alert.owner === null
      ? {}
      : { owner: { type: 'Practitioner', identifier: identifierOf(sourceOid, 'user', alert.owner.username) } }),
    ...(alert.closedAt === null
      ? {}
      : { executionPeriod: { start: toIso(alert.startedAt), end: toIso(alert.closedAt) } }),
  };
};
