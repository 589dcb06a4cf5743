"""The routes of the REST dialect, below /db/<name or id of a database>/."""

from django.urls import re_path

from dialects.restdb.views import meta
from dialects.restdb.views.children import ChildrenView, ChildView
from dialects.restdb.views.collection import CollectionView
from dialects.restdb.views.document import DocumentByIdView
from dialects.restdb.views.mail import MailView
from dialects.restdb.views.media import MediaArchiveView, MediaFileView, MediaMetaView
from dialects.restdb.views.people import LogOutView, SignTokenView, UserInfoView
from dialects.restdb.views.realtime import RealtimeView
from dialects.restdb.views.scripts import EventSourceView, ScriptView
from dialects.restdb.views.settings import SettingsView

_DATABASE = r"^(?P<database>[^/]+)/"
_COLLECTION = _DATABASE + r"rest/(?P<collection>[^/]+)"
_DOCUMENT = _COLLECTION + r"/(?P<id>[^/]+)"

urlpatterns = [
    re_path(_DATABASE + r"realtime/?$", RealtimeView.as_view()),
    re_path(_DATABASE + r"auth/userinfo/?$", UserInfoView.as_view()),
    re_path(_DATABASE + r"auth/jwt/?$", SignTokenView.as_view()),
    re_path(_DATABASE + r"auth/logout/?$", LogOutView.as_view()),
    re_path(_DATABASE + r"settings/?$", SettingsView.as_view()),
    re_path(_DATABASE + r"assets/js/eventsource.min.js/?$", EventSourceView.as_view()),
    re_path(_DATABASE + r"rest/_meta/?$", meta.MetaView.as_view()),
    re_path(_DATABASE + r"rest/_swagger.json/?$", meta.SwaggerView.as_view()),
    re_path(_DATABASE + r"rest/_jsapi.js/?$", ScriptView.as_view()),
    re_path(_DATABASE + r"rest/_jsapi.mjs/?$", ScriptView.as_view(form="module")),
    re_path(_DATABASE + r"rest/_jsapi.d.ts/?$", ScriptView.as_view(form="types")),
    re_path(_DATABASE + r"rest/_jsapi.d.mts/?$", ScriptView.as_view(form="types")),
    re_path(_DATABASE + r"rest/_jsapi.doc/?$", ScriptView.as_view(form="page")),
    re_path(_COLLECTION + r"/_meta/?$", meta.CollectionMetaView.as_view()),
    re_path(_COLLECTION + r"/?$", CollectionView.as_view()),
    re_path(_DATABASE + r"mail/?$", MailView.as_view()),
    re_path(_DATABASE + r"media/?$", MediaArchiveView.as_view()),
    re_path(_DATABASE + r"media/(?P<file>[^/]+)/?$", MediaFileView.as_view()),
    re_path(_DATABASE + r"media/(?P<file>[^/]+)/meta/?$", MediaMetaView.as_view()),
    re_path(_DOCUMENT + r"/?$", DocumentByIdView.as_view()),
    re_path(_DOCUMENT + r"/(?P<field>[^/]+)/?$", ChildrenView.as_view()),
    re_path(_DOCUMENT + r"/(?P<field>[^/]+)/(?P<child>[^/]+)/?$", ChildView.as_view()),
]
