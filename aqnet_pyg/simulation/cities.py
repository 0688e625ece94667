"""Cities of northern China, the centers of simulated stations and emissions."""

from __future__ import annotations

import pandas as pd

# Latin name, Chinese name, longitude, latitude, population of the prefecture in millions, meters above sea level.
# Centers are accurate to about a kilometer; populations serve as weights only.
_BY_PROVINCE = {
    "Beijing": "Beijing 北京 116.40 39.90 21.5 44",
    "Tianjin": "Tianjin 天津 117.20 39.12 15.0 4",
    "Hebei": """
        Shijiazhuang 石家庄 114.51 38.04 10.8 81
        Tangshan 唐山 118.18 39.63 7.7 24
        Qinhuangdao 秦皇岛 119.59 39.94 3.1 8
        Handan 邯郸 114.50 36.61 9.5 57
        Xingtai 邢台 114.50 37.07 7.3 78
        Baoding 保定 115.46 38.87 10.4 20
        Zhangjiakou 张家口 114.89 40.79 4.3 720
        Chengde 承德 117.95 40.96 3.5 320
        Cangzhou 沧州 116.84 38.30 7.5 9
        Langfang 廊坊 116.69 39.53 4.7 14
        Hengshui 衡水 115.67 37.74 4.5 22""",
    "Shanxi": """
        Taiyuan 太原 112.55 37.87 4.4 790
        Datong 大同 113.30 40.08 3.4 1040
        Yangquan 阳泉 113.57 37.86 1.4 700
        Changzhi 长治 113.11 36.19 3.4 930
        Jincheng 晋城 112.85 35.50 2.3 740
        Shuozhou 朔州 112.43 39.33 1.8 1090
        Jinzhong 晋中 112.74 37.69 3.3 800
        Yuncheng 运城 111.00 35.03 5.3 370
        Xinzhou 忻州 112.73 38.42 3.1 790
        Linfen 临汾 111.52 36.09 4.4 450
        Lüliang 吕梁 111.14 37.52 3.8 950""",
    "Shaanxi": """
        Xi'an 西安 108.94 34.27 9.5 400
        Tongchuan 铜川 108.97 34.90 0.8 850
        Baoji 宝鸡 107.15 34.37 3.8 610
        Xianyang 咸阳 108.71 34.33 5.0 390
        Weinan 渭南 109.50 34.50 5.3 350
        Yan'an 延安 109.49 36.60 2.2 960
        Hanzhong 汉中 107.03 33.07 3.4 510
        Yulin 榆林 109.74 38.29 3.4 1080
        Ankang 安康 109.03 32.69 2.6 260
        Shangluo 商洛 109.94 33.87 2.3 740""",
    "Henan": """
        Zhengzhou 郑州 113.65 34.76 10.3 110
        Kaifeng 开封 114.35 34.79 4.6 73
        Luoyang 洛阳 112.44 34.66 6.9 150
        Pingdingshan 平顶山 113.30 33.74 5.0 85
        Anyang 安阳 114.35 36.10 5.2 76
        Hebi 鹤壁 114.29 35.75 1.6 80
        Xinxiang 新乡 113.88 35.31 5.8 73
        Jiaozuo 焦作 113.24 35.22 3.6 100
        Puyang 濮阳 115.04 35.77 3.7 52
        Xuchang 许昌 113.83 34.03 4.4 70
        Luohe 漯河 114.04 33.57 2.7 60
        Sanmenxia 三门峡 111.19 34.78 2.3 380
        Nanyang 南阳 112.53 33.00 10.1 130
        Shangqiu 商丘 115.65 34.44 7.3 50
        Xinyang 信阳 114.07 32.13 6.5 110
        Zhoukou 周口 114.65 33.62 8.8 48
        Zhumadian 驻马店 114.02 32.98 7.0 80
        Jiyuan 济源 112.60 35.07 0.7 140""",
    "Shandong": """
        Jinan 济南 117.02 36.67 7.2 60
        Qingdao 青岛 120.38 36.10 9.2 30
        Zibo 淄博 118.05 36.80 4.7 45
        Zaozhuang 枣庄 117.55 34.85 3.9 70
        Dongying 东营 118.60 37.44 2.1 6
        Yantai 烟台 121.40 37.50 7.1 30
        Weifang 潍坊 119.12 36.70 9.3 45
        Jining 济宁 116.59 35.41 8.3 40
        Tai'an 泰安 117.12 36.19 5.6 140
        Weihai 威海 122.10 37.48 2.8 30
        Rizhao 日照 119.48 35.42 2.9 20
        Linyi 临沂 118.35 35.06 10.4 70
        Dezhou 德州 116.31 37.45 5.7 22
        Liaocheng 聊城 115.98 36.45 6.0 35
        Binzhou 滨州 117.98 37.38 3.9 12
        Heze 菏泽 115.47 35.25 8.6 50
        Laiwu 莱芜 117.66 36.21 1.4 190""",
    "Liaoning": """
        Shenyang 沈阳 123.43 41.80 8.3 45
        Dalian 大连 121.59 38.93 7.0 30
        Anshan 鞍山 122.99 41.11 3.6 30
        Fushun 抚顺 123.90 41.87 2.1 80
        Benxi 本溪 123.76 41.30 1.7 180
        Jinzhou 锦州 121.13 41.11 3.1 20
        Yingkou 营口 122.25 40.66 2.4 4
        Fuxin 阜新 121.66 42.02 1.8 170
        Liaoyang 辽阳 123.18 41.27 1.8 30
        Panjin 盘锦 122.06 41.12 1.4 4
        Tieling 铁岭 123.84 42.29 2.7 60
        Chaoyang 朝阳 120.45 41.58 3.0 170
        Huludao 葫芦岛 120.84 40.74 2.6 20""",
    "Jiangsu": """
        Nanjing 南京 118.80 32.06 8.2 20
        Xuzhou 徐州 117.20 34.26 8.7 40
        Lianyungang 连云港 119.18 34.60 4.5 5
        Huai'an 淮安 119.02 33.60 4.9 12
        Yancheng 盐城 120.14 33.36 7.2 3
        Suqian 宿迁 118.28 33.95 4.9 20
        Yangzhou 扬州 119.42 32.40 4.5 8
        Taizhou 泰州 119.92 32.47 4.6 6
        Zhenjiang 镇江 119.44 32.20 3.2 15""",
    "Anhui": """
        Bengbu 蚌埠 117.37 32.93 3.3 22
        Huainan 淮南 117.01 32.64 3.4 40
        Huaibei 淮北 116.80 33.96 2.1 32
        Fuyang 阜阳 115.82 32.90 8.0 30
        Suzhou 宿州 116.97 33.64 5.5 27
        Bozhou 亳州 115.78 33.86 5.0 37
        Chuzhou 滁州 118.31 32.31 4.1 20""",
    "Hubei": """
        Xiangyang 襄阳 112.13 32.04 5.6 70
        Shiyan 十堰 110.79 32.65 3.4 220""",
    "Inner Mongolia": """
        Hohhot 呼和浩特 111.67 40.82 3.1 1060
        Baotou 包头 109.87 40.65 2.8 1070
        Wuhai 乌海 106.81 39.67 0.6 1100
        Ordos 鄂尔多斯 109.97 39.80 2.0 1400
        Chifeng 赤峰 118.93 42.27 4.3 570
        Ulanqab 乌兰察布 113.13 41.00 2.1 1420
        Bayannur 巴彦淖尔 107.40 40.75 1.7 1040
        Alxa 阿拉善 105.70 38.84 0.3 1560""",
    "Ningxia": """
        Yinchuan 银川 106.25 38.48 2.2 1110
        Shizuishan 石嘴山 106.38 39.00 0.8 1100
        Wuzhong 吴忠 106.20 37.99 1.4 1130
        Zhongwei 中卫 105.19 37.51 1.1 1230
        Guyuan 固原 106.27 36.01 1.2 1750""",
    "Gansu": """
        Baiyin 白银 104.16 36.55 1.7 1710
        Tianshui 天水 105.73 34.58 3.3 1140
        Pingliang 平凉 106.67 35.54 2.1 1350
        Qingyang 庆阳 107.64 35.72 2.2 1420
        Dingxi 定西 104.62 35.58 2.8 1900
        Longnan 陇南 104.92 33.40 2.6 1000""",
    "Sichuan": "Guangyuan 广元 105.84 32.44 2.5 490",
}


def _table() -> pd.DataFrame:
    rows = [[*line.split(), province] for province, text in _BY_PROVINCE.items() for line in text.strip().splitlines()]
    names = ["city", "chinese", "longitude", "latitude", "people", "elevation", "province"]
    return pd.DataFrame(rows, columns=names).astype(
        {"longitude": float, "latitude": float, "people": float, "elevation": float}
    )


CITIES = _table()
"""One row per city: ``city``, ``chinese``, ``longitude``, ``latitude`` (degrees), ``people`` (millions), ``elevation``
(meters) and ``province``."""
