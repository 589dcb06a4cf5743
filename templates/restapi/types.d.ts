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
export interface CollectionOf<T> {
  new (properties?: Partial<T>): T & SystemFields & Methods;
  find(query: object, hints?: Hints): Promise<(T & SystemFields & Methods)[]>;
  find(query: object, callback: Callback<(T & SystemFields & Methods)[]>): void;
  find(query: object, hints: Hints, callback: Callback<(T & SystemFields & Methods)[]>): void;
  getById(id: string): Promise<T & SystemFields & Methods>;
  getById(id: string, callback: Callback<T & SystemFields & Methods>): void;
  on(event: "POST" | "PUT" | "DELETE", callback: Callback<ChangeEvent>): void;
}
export interface Options {
  url?: string;
  logging?: boolean;
  realtime?: boolean;
  jwt?: boolean;
  "realtime-api-key"?: string;
  reconnectdelay?: number;
}
{% for item in collections %}
/** {{ item.title|safe }} */
export interface {{ item.type }} {
{% for field in item.fields %}  {{ field.key|safe }}{% if not field.required %}?{% endif %}: {{ field.type|safe }};
{% endfor %}}
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
{% for item in collections %}{% if item.reachable %}  {{ item.property|safe }}: CollectionOf<{{ item.type }}>;
{% endif %}{% endfor %}{% if not known %}  [collection: string]: any;
{% endif %}}
export default restdb;
