"""The routes of the REST dialect, below /db/<name or id of a database>/."""

from django.urls import re_path

from dialects.restdb.views import meta
from dialects.restdb.views.children import Child, Children
from dialects.restdb.views.collection import Collection
from dialects.restdb.views.document import Document
from dialects.restdb.views.mail import Mail
from dialects.restdb.views.media import Archive, Media, MediaMeta
from dialects.restdb.views.people import LogOut, Sign, UserInfo
from dialects.restdb.views.realtime import Realtime
from dialects.restdb.views.scripts import EventSource, Script
from dialects.restdb.views.settings import Settings

_DATABASE = r"^(?P<database>[^/]+)/"
_COLLECTION = _DATABASE + r"rest/(?P<collection>[^/]+)"
_DOCUMENT = _COLLECTION + r"/(?P<id>[^/]+)"

urlpatterns = [
    re_path(_DATABASE + r"realtime/?$", Realtime.as_view()),
    re_path(_DATABASE + r"auth/userinfo/?$", UserInfo.as_view()),
    re_path(_DATABASE + r"auth/jwt/?$", Sign.as_view()),
    re_path(_DATABASE + r"auth/logout/?$", LogOut.as_view()),
    re_path(_DATABASE + r"settings/?$", Settings.as_view()),
    re_path(_DATABASE + r"assets/js/eventsource.min.js/?$", EventSource.as_view()),
    re_path(_DATABASE + r"rest/_meta/?$", meta.Meta.as_view()),
    re_path(_DATABASE + r"rest/_swagger.json/?$", meta.Swagger.as_view()),
    re_path(_DATABASE + r"rest/_jsapi.js/?$", Script.as_view()),
    re_path(_DATABASE + r"rest/_jsapi.mjs/?$", Script.as_view(form="module")),
    re_path(_DATABASE + r"rest/_jsapi.d.ts/?$", Script.as_view(form="types")),
    re_path(_DATABASE + r"rest/_jsapi.d.mts/?$", Script.as_view(form="types")),
    re_path(_DATABASE + r"rest/_jsapi.doc/?$", Script.as_view(form="page")),
    re_path(_COLLECTION + r"/_meta/?$", meta.CollectionMeta.as_view()),
    re_path(_COLLECTION + r"/?$", Collection.as_view()),
    re_path(_DATABASE + r"mail/?$", Mail.as_view()),
    re_path(_DATABASE + r"media/?$", Archive.as_view()),
    re_path(_DATABASE + r"media/(?P<file>[^/]+)/?$", Media.as_view()),
    re_path(_DATABASE + r"media/(?P<file>[^/]+)/meta/?$", MediaMeta.as_view()),
    re_path(_DOCUMENT + r"/?$", Document.as_view()),
    re_path(_DOCUMENT + r"/(?P<field>[^/]+)/?$", Children.as_view()),
    re_path(_DOCUMENT + r"/(?P<field>[^/]+)/(?P<child>[^/]+)/?$", Child.as_view()),
]
