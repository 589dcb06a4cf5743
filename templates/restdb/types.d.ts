/* Generated for database: {{ comment }}
   Schema: {{ version }} */
export interface SystemFields {
  _id?: string;
  _created?: string;
  _createdby?: string;
  _changed?: string;
  _changedby?: string;
  _version?: number;
  _parent_id?: string;
  _parent_def?: string;
  _parent_field?: string;
}
export interface ChangeEvent {
  event: "post" | "put" | "delete";
  collection: string;
  data: any;
}
export interface TopicEvent {
  event: string;
  data: any;
}
export interface Problem {
  name: string;
  message: string;
  list: { field: string; message: string[]; index?: number }[];
  status: number;
}
export declare class RestdbError extends Error implements Problem {
  name: string;
  list: { field: string; message: string[]; index?: number }[];
  status: number;
}
export type Callback<T> = (problem: Problem | null, found: T, status?: number) => void;
export interface Deleted {
  result: string[];
}
export interface Children<T = any> {
  addChild(child: T): Promise<T>;
  addChild(child: T, callback: Callback<T>): void;
  getChild(): Promise<T[]>;
  getChild(callback: Callback<T[]>): void;
}
export interface Methods {
  save(): Promise<this>;
  save(callback: Callback<this>): void;
  delete(): Promise<Deleted>;
  delete(callback: Callback<Deleted>): void;
  reload(): Promise<this>;
  reload(callback: Callback<this>): void;
  on(event: "PUT" | "DELETE", callback: Callback<ChangeEvent>): void;
  children(field: string): Children;
}
export interface Hints {
  $fields?: Record<string, 0 | 1>;
  $max?: number;
  $skip?: number;
  $orderby?: Record<string, 1 | -1>;
  $groupby?: string[];
  $aggregate?: string[];
  metafields?: boolean;
  [name: string]: unknown;
}
/** The instances of a collection: T are its fields, C its children, H what fields of the same name hide. */
export type Instance<T, C = {}, H extends keyof Methods = never> = T & C & SystemFields & ([H] extends [never] ? Methods : Omit<Methods, H>);
/** What a link is set to, and, as it is read, an array of documents, or of ids where these may not be read. */
export type Link<T> = string | (T & SystemFields) | (string | (T & SystemFields))[];
/** With these `find` answers figures or groups, as the server tells them. */
export type Figures = Hints & ({ $aggregate: string[] } | { $groupby: string[] });
export interface CollectionOf<T, C = {}, H extends keyof Methods = never> {
  new (properties?: Partial<T>): Instance<T, C, H>;
  find(query: object, hints: Figures): Promise<any>;
  find(query: object, hints: Figures, callback: Callback<any>): void;
  find(query: object, hints?: Hints): Promise<Instance<T, C, H>[]>;
  find(query: object, callback: Callback<Instance<T, C, H>[]>): void;
  find(query: object, hints: Hints, callback: Callback<Instance<T, C, H>[]>): void;
  getById(id: string): Promise<Instance<T, C, H>>;
  getById(id: string, callback: Callback<Instance<T, C, H>>): void;
  on(event: "POST" | "PUT" | "DELETE", callback: Callback<ChangeEvent>): void;
}
export interface Options {
  url?: string;
  logging?: boolean;
  realtime?: boolean;
  jwt?: boolean;
  "realtime-api-key"?: string;
  reconnectdelay?: number;
  _keepalivedelay?: number;
  _keepalivediff?: number;
}
{% for item in collections %}
/** {{ item.title|safe }} */
export interface {{ item.type }} {
{% for field in item.fields %}{% if field.declared %}  {{ field.key|safe }}{% if not field.required %}?{% endif %}: {{ field.type|safe }};
{% endif %}{% endfor %}}
{% endfor %}
export declare class restdb {
  constructor(key: string, options?: Options);
  apikey: string;
  url: string;
  logging: boolean;
  collection(name: string): CollectionOf<any>;
  on(event: string, callback: Callback<ChangeEvent | TopicEvent>): void;
  publish(topic: string, payload: any): Promise<{ message: "OK" }>;
  publish(topic: string, payload: any, callback: Callback<{ message: "OK" }>): void;
  close(): void;
{% for item in collections %}{% if item.property %}  {{ item.key|safe }}: CollectionOf<{{ item.type }}{% if item.helpers or item.hidden != "never" %}, { {% for child in item.helpers %}{{ child.key|safe }}: Children<{{ child.type }}>; {% endfor %}}, {{ item.hidden|safe }}{% endif %}>;
{% endif %}{% endfor %}{% if not known %}  [collection: string]: any;
{% endif %}}
export default restdb;
