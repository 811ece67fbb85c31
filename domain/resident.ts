/** The person followed (FHIR Patient). Identity fields never leave the registry and the rights-checked API. */
export interface Resident {
  readonly id: string;
  readonly site: string;
  readonly unit: string | null;
  readonly room: string | null;
  readonly family: string;
  readonly given: string;
  readonly birthDate: string | null;
  readonly sex: 'female' | 'male' | 'other' | 'unknown';
  /** NEWS2 SpO2 scale; 2 only when prescribed for hypercapnic failure. */
  readonly spo2Scale: 1 | 2;
  readonly ins: { readonly system: string; readonly value: string } | null;
}
